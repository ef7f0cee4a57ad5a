import { invariant } from '../domain/invariant.ts'

/**
 * Every bound in the system, named, with what happens when it is reached. Money limits that a person configures are in
 * `schema.ts`; these are the engine's own.
 */

/** Feed. */
export const FRAME_BYTES_MAX = 4 * 1024 * 1024
/** Silence after which a connection is dead: no frame and no ping (trading rules §5.3). */
export const SILENCE_MS = 30_000
/** A sid without a sequenced frame for this long asks for one market's snapshot, so that a lost last frame is found. */
export const STREAM_PROBE_MS = 30_000
/** A snapshot that was asked for and has not come in this time is asked for again, then the connection is renewed. */
export const SNAPSHOT_TIMEOUT_MS = 5_000
export const SNAPSHOT_ATTEMPTS_MAX = 3
/** A gap while snapshots are still coming: the least time before they are asked for again, so that loss cannot multiply them. */
export const SNAPSHOT_REPAIR_MS = 25
export const SUBSCRIBE_TIMEOUT_MS = 10_000
/** Pause before subscribing anew after the venue ended a stream or refused for the moment. */
export const RESUBSCRIBE_DELAY_MS = 500
/** New markets whose `created` frame was lost are found by this (transport time). */
export const DISCOVERY_INTERVAL_MS = 60_000
/** REST can lag the `created` frame of a market. */
export const CONFIRM_MARKET_DELAY_MS = 500
export const CONFIRM_MARKET_ATTEMPTS_MAX = 10
/** Within this the first connection is open, or the feed does not start at all. */
export const FEED_START_TIMEOUT_MS = 30_000
export const CONNECT_TIMEOUT_MS = 10_000
/** Full-jitter exponential back-off between connection attempts. */
export const RECONNECT_DELAY_MS_MIN = 250
export const RECONNECT_DELAY_MS_MAX = 30_000
export const PING_INTERVAL_MS = 1_000
/** Where more of our pings are unanswered than this, no further ones are sent: the oldest one tells the lag. */
export const UNANSWERED_PINGS_MAX = 64
/** Where more markets than this would be held, discovery refuses the rest and says so. */
export const MARKETS_MAX = 2_000
/** Price levels on one side of one book; a venue that sends more is resynchronised. */
export const LEVELS_MAX = 10_000

/** REST. */
export const REST_TIMEOUT_MS = 10_000
export const REST_ATTEMPTS_MAX = 4
/** Full-jitter exponential back-off between the attempts of one request. */
export const REST_DELAY_MS_MIN = 200
export const REST_DELAY_MS_MAX = 5_000
/** Markets of events that closed within this (market time) are still followed: they are yet to be settled. */
export const DISCOVERY_LOOKBACK_MS = 24 * 3_600_000
export const REST_PAGES_MAX = 200
export const REST_BODY_BYTES_MAX = 32 * 1024 * 1024

/** Market time: how often the venue's clock is read (transport time). */
export const MARKET_TIME_POLL_MS = 2_000

/** Weather. */
export const OBSERVATIONS_PER_DAY_MAX = 2_000
export const FORECASTS_PER_DAY_MAX = 2_000
export const PAST_DAYS_MAX = 60
export const WEATHER_BODY_BYTES_MAX = 8 * 1024 * 1024
/** api.weather.gov: one request, and how long an answer is used before it is asked for again. Transport time. */
export const NWS_TIMEOUT_MS = 10_000
export const NWS_OBSERVATIONS_CACHE_MS = 55_000
export const NWS_FORECAST_CACHE_MS = 290_000
/** The newest reading or forecast that is older than this is no basis for a decision: stale. Market time. */
export const NWS_OBSERVATION_STALE_MS = 3 * 3_600_000
export const NWS_FORECAST_STALE_MS = 24 * 3_600_000
/** One look at a source; what has not answered by then did not confirm the prediction. Transport time. */
export const WEATHER_LOOK_TIMEOUT_MS = 30_000
/** How often a source that cannot say when it has news is looked at. Transport time. */
export const WEATHER_POLL_MS = 30_000

/** Inference: a full queue refuses, and a refused prediction is "no prediction". */
export const INFERENCE_THREADS = 2
export const INFERENCE_QUEUE_MAX = 64
export const INFERENCE_DEADLINE_MS = 1_000
export const INFERENCE_READY_TIMEOUT_MS = 30_000
/** What running predictions may take to finish, and then the threads to stop, before the pool closes without their answer. */
export const INFERENCE_CLOSE_TIMEOUT_MS = 10_000
/** How often a closing pool looks whether the last native run is over; a run is finite, ending it would abort the process. */
export const INFERENCE_DRAIN_POLL_MS = 10
/** A pool that has lost all its threads is built again at most this often. */
export const INFERENCE_RESTART_MS = 1_000
export const INFERENCE_THREAD_HEAP_MB = 128
/** How long each thread predicts composed inputs before it is ready. */
export const INFERENCE_WARM_UP_MS = 200
/** Lists of past days that a thread keeps, for the climate days of all cities that are predicted at once. */
export const PACKED_PASTS_MAX = 32
/** Of a file in a model package; a larger one is refused. */
export const MODEL_FILE_BYTES_MAX = 64 * 1024 * 1024
/** Import of a model, in a process of its own: what it may take before that process is ended and the model refused. */
export const IMPORT_DEADLINE_MS = 60_000
export const IMPORT_HEAP_MB = 1_024
/** Resident memory with what onnxruntime holds; looked at so often, where the operating system tells it. */
export const IMPORT_RESIDENT_BYTES_MAX = 3 * 1024 * 1024 * 1024
export const IMPORT_MEMORY_POLL_MS = 100
export const IMPORT_FEATURES_MAX = 10_000
export const IMPORT_OUTPUTS_MAX = 1_000
/** Rows of a reference file that are compared; of these so many become golden rows. */
export const IMPORT_REFERENCE_ROWS_MAX = 10_000
export const IMPORT_GOLDEN_ROWS_MAX = 64
/** Market time (trading rules §6). */
export const PREDICTION_CACHE_MS = 30_000
/** Transport time (trading rules §10): an older confirmation is none. */
export const PREDICTION_UNCONFIRMED_MS = 60_000
/** A computation that failed is tried again after this long, transport time. */
export const PREDICTION_RETRY_MS = 1_000
/** Re-confirmations a second while an order rests (trading rules §6). */
export const CONFIRMATIONS_PER_SECOND_MAX = 20

/** Demotion: how often the served model is judged anew by what its days settled on, and how many days back. */
export const DRIFT_CHECK_MS = 24 * 3_600_000
export const DRIFT_WINDOW_DAYS = 90
/** A measurement takes a second of a thread of its own; one that hangs is given up. */
export const DRIFT_TIMEOUT_MS = 60_000

/** Ledger: back-pressure on new orders from `LEDGER_BUSY_RECORDS`, a stop at the bound, never a silent drop. */
export const LEDGER_BATCH_RECORDS_MAX = 500
export const LEDGER_FLUSH_MS = 50
export const LEDGER_BUSY_RECORDS = 5_000
export const LEDGER_QUEUE_RECORDS_MAX = 200_000
export const LEDGER_QUEUE_BYTES_MAX = 128 * 1024 * 1024
export const LEDGER_CALL_TIMEOUT_MS = 60_000
/** Opening may set up a cluster, start its server and migrate; closing may stop it. */
export const LEDGER_OPEN_TIMEOUT_MS = 180_000
export const LEDGER_CLOSE_TIMEOUT_MS = 60_000
export const LEDGER_CONNECT_TIMEOUT_MS = 5_000
export const LEDGER_STATEMENT_TIMEOUT_MS = 30_000
/** One that writes and holds the locks, the others for reading and migrating. */
export const LEDGER_CONNECTIONS_MAX = 3
/** Oldest major version of PostgreSQL. */
export const LEDGER_PG_VERSION_MIN = 15
/** Between attempts on a database that is away, doubling; a database away for longer than the last bound is a failure. */
export const LEDGER_RETRY_DELAY_MS_MIN = 100
export const LEDGER_RETRY_DELAY_MS_MAX = 5_000
export const LEDGER_AWAY_MS_MAX = 300_000
/** How often an idle ledger makes sure that it still holds the account's lock. */
export const LEDGER_LOCK_CHECK_MS = 5_000
/** Days of decision partitions that are created before they are needed. */
export const LEDGER_PARTITION_DAYS_AHEAD = 7
/** Embedded PostgreSQL: initdb, start and stop; a server that does not stop in time is stopped the hard way. */
export const POSTGRES_INIT_TIMEOUT_MS = 60_000
export const POSTGRES_START_TIMEOUT_MS = 30_000
export const POSTGRES_STOP_TIMEOUT_MS = 15_000
export const POSTGRES_START_ATTEMPTS_MAX = 5
/** A server that others leave and stop while we come in is started anew so often. */
export const POSTGRES_ENTER_ATTEMPTS_MAX = 20
export const POSTGRES_POLL_MS = 25
/** The server's own log; a longer one is put aside at the next start. */
export const POSTGRES_LOG_BYTES_MAX = 10_000_000
/** Bytes of one batch: a decision is some 7 kB of text. */
export const LEDGER_BATCH_BYTES_MAX = 1_000_000
/** Decisions are kept so many days unless configured otherwise; older partitions are dropped. */
export const LEDGER_DECISION_DAYS = 90

/** The local exchange's play. A larger tape file is refused. */
export const TAPE_FILE_BYTES_MAX = 256 * 1024 * 1024
/** Contracts of one recorded trade; more is a damaged line. */
export const TAPE_CONTRACTS_MAX = 10_000_000
/** Steps of a play in one turn of the loop; the rest waits for the next turn, so sockets are served in between. */
export const PLAY_STEPS_PER_TURN_MAX = 32
/** How long a play that runs flat out waits before it asks again whether its listeners have kept up. */
export const PLAY_BACKPRESSURE_MS = 1

/** Local exchange, wire side. The venue publishes few of its own bounds; those it does are kalshi-api §1.2, §1.5, §3.1. */
export const EXCHANGE_SKEW_MS_MAX = 10_000
export const EXCHANGE_PING_MS = 10_000
/** A client that has answered no ping for this long is gone. */
export const EXCHANGE_PONG_SILENCE_MS = 35_000
/** At its end the exchange lets readers take what was told for this long, then cuts them off. */
export const EXCHANGE_CLOSE_MS = 500
/** Per key; the next upgrade is refused with 429. */
export const EXCHANGE_CONNECTIONS_MAX = 200
/** A larger command closes the connection with 1009. */
export const EXCHANGE_COMMAND_BYTES_MAX = 1024 * 1024
/** Beyond it a command is answered with error 27 and not looked at. */
export const EXCHANGE_COMMANDS_PER_SECOND_MAX = 10_000
/** Beyond it a command is answered with error 26. */
export const EXCHANGE_SUBSCRIPTION_MARKETS_MAX = 10_000
/** Bytes that wait for one slow client. Beyond it the sid that wanted to send ends with error 25, which is never silent. */
export const EXCHANGE_SEND_BUFFER_BYTES_MAX = 8 * 1024 * 1024
/** Unread bytes with which a client that still sends commands loses its connection. */
export const EXCHANGE_UNREAD_BYTES_MAX = 16 * 1024 * 1024
/** Open HTTP connections; the operating system refuses more. */
export const EXCHANGE_HTTP_CONNECTIONS_MAX = 1_000
/** A play that runs flat out waits while a reader has more than this before it. */
export const EXCHANGE_PLAY_BUFFER_BYTES_MAX = 1024 * 1024
export const EXCHANGE_ORDERBOOK_TICKERS_MAX = 100
export const EXCHANGE_CANDLES_MAX = 10_000
/** A frame held back to be swapped with the next of its sid is sent anyway after this long. */
export const EXCHANGE_SWAP_HOLD_MS = 500
export const EXCHANGE_BOOK_LOG_POINTS_MAX = 100_000
/** Of one account; the venue's own caps (kalshi-api §3.5). The next one is refused. */
export const EXCHANGE_OPEN_ORDERS_MAX = 200_000
export const EXCHANGE_ORDER_GROUPS_MAX = 100_000
/** Contracts of one order, so that its money stays a safe integer. A larger one is refused. */
export const EXCHANGE_ORDER_CONTRACTS_MAX = 1_000_000_000
/** The contracts that an order group matches are counted over this, market time. */
export const ORDER_GROUP_WINDOW_MS = 15_000
/** New orders within this after a cancel of everything may be cancelled with it, market time (kalshi-api §3.5). */
export const CANCEL_ALL_AFTERMATH_MS = 60_000
/** The longest delay that a fault may add. */
export const EXCHANGE_FAULT_DELAY_MS_MAX = 600_000
/** A larger body of a REST request is refused with 413. */
export const EXCHANGE_BODY_BYTES_MAX = 1024 * 1024

/** Paper trading: market time that a print may be heard of late and still fill what rested when it was made. */
export const LATE_TRADE_MS = 600_000
/** Paper orders that one desk remembers; its strategy holds one at a time. */
export const PAPER_ORDERS_MAX = 1_000
/** Unchanged decisions that are counted before the count is written; it is also written when something changes. */
export const DECISION_REPEATS_PER_WRITE = 64

/** Shutdown: what is not done by then is reported and left to recovery. */
export const SHUTDOWN_MS_MAX = 15_000

/** The local exchange as a child process. */
export const EXCHANGE_START_MS = 20_000
export const EXCHANGE_STOP_MS = 5_000

/** After a bug was caught at the top: time for pools, ledger and logs to end before the process does. */
export const FATAL_DRAIN_MS_MAX = 5_000
/** Signals within this time of the first are the same wish to stop (terminal and npm both send Ctrl-C). */
export const SIGNAL_REPEAT_MS = 500

/** Logs: the newest file of each kind plus this many older ones are kept; a full one is renamed. */
export const LOG_FILE_BYTES_MAX = 16 * 1024 * 1024
export const LOG_FILES_KEPT = 5
export const LOG_FLUSH_TIMEOUT_MS = 5_000

/** Settled events that stay in memory for the report; older ones are in the ledger. */
export const SETTLED_EVENTS_KEPT = 100
/** A daily high that settled while the daemon was down is still asked for at its start for so many days. */
export const SETTLEMENT_WAIT_DAYS = 14

/** How long the idle loop is measured before the feed starts: the baseline of the session's event-loop delay. */
export const IDLE_BASELINE_MS = 1_000
/** A play whose market time has come to its end is over once nothing has been heard for this long. */
export const PLAY_END_QUIET_MS = 1_000
/** Wall time and a venue's own market time differ by less than this, or the venue plays another day. */
export const MARKET_TIME_SKEW_MS_MAX = 60_000

/** XState's own default is Infinity. */
export const MACHINE_ITERATIONS_MAX = 1_000

invariant(LEDGER_BATCH_RECORDS_MAX < LEDGER_BUSY_RECORDS, 'a batch is smaller than the backlog that blocks orders')
invariant(
  LEDGER_STATEMENT_TIMEOUT_MS < LEDGER_CALL_TIMEOUT_MS,
  'a stuck statement fails before the call that waits for it',
)
invariant(LEDGER_BUSY_RECORDS < LEDGER_QUEUE_RECORDS_MAX, 'new orders are blocked before the ledger queue is full')
invariant(RECONNECT_DELAY_MS_MIN < RECONNECT_DELAY_MS_MAX, 'back-off grows')
invariant(EXCHANGE_PONG_SILENCE_MS > 2 * EXCHANGE_PING_MS, 'a client may miss one ping')
invariant(
  EXCHANGE_PLAY_BUFFER_BYTES_MAX < EXCHANGE_SEND_BUFFER_BYTES_MAX,
  'a flat-out play waits before a reader is cut off',
)
invariant(
  EXCHANGE_SEND_BUFFER_BYTES_MAX < EXCHANGE_UNREAD_BYTES_MAX,
  'a slow reader loses its sids before its connection',
)
