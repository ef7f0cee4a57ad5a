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
export const SUBSCRIBE_TIMEOUT_MS = 10_000
export const CONNECT_TIMEOUT_MS = 10_000
/** Full-jitter exponential back-off between connection attempts. */
export const RECONNECT_DELAY_MS_MIN = 250
export const RECONNECT_DELAY_MS_MAX = 30_000
export const PING_INTERVAL_MS = 1_000
/** Where more markets than this would be held, discovery refuses the rest and says so. */
export const MARKETS_MAX = 2_000
/** Price levels on one side of one book; a venue that sends more is resynchronised. */
export const LEVELS_MAX = 10_000

/** REST. */
export const REST_TIMEOUT_MS = 10_000
export const REST_ATTEMPTS_MAX = 4
export const REST_PAGES_MAX = 200
export const REST_BODY_BYTES_MAX = 32 * 1024 * 1024

/** Market time: how often the venue's clock is read (transport time). */
export const MARKET_TIME_POLL_MS = 2_000

/** Weather. */
export const OBSERVATIONS_PER_DAY_MAX = 2_000
export const FORECASTS_PER_DAY_MAX = 2_000
export const PAST_DAYS_MAX = 60
export const WEATHER_BODY_BYTES_MAX = 8 * 1024 * 1024

/** Inference: a full queue refuses, and a refused prediction is "no prediction". */
export const INFERENCE_THREADS = 2
export const INFERENCE_QUEUE_MAX = 64
export const INFERENCE_DEADLINE_MS = 1_000
export const INFERENCE_READY_TIMEOUT_MS = 30_000
/** What a drain may take before the threads are ended anyway. */
export const INFERENCE_CLOSE_TIMEOUT_MS = 10_000
/** A pool that has lost all its threads is built again at most this often. */
export const INFERENCE_RESTART_MS = 1_000
export const INFERENCE_THREAD_HEAP_MB = 128
/** Of a file in a model package; a larger one is refused. */
export const MODEL_FILE_BYTES_MAX = 64 * 1024 * 1024
/** Market time (trading rules §6). */
export const PREDICTION_CACHE_MS = 30_000
/** Re-confirmations a second while an order rests (trading rules §6). */
export const CONFIRMATIONS_PER_SECOND_MAX = 20

/** Ledger: back-pressure on new orders from `LEDGER_BUSY_RECORDS`, a stop at the bound, never a silent drop. */
export const LEDGER_BATCH_RECORDS_MAX = 500
export const LEDGER_FLUSH_MS = 50
export const LEDGER_BUSY_RECORDS = 5_000
export const LEDGER_QUEUE_RECORDS_MAX = 200_000
export const LEDGER_CALL_TIMEOUT_MS = 60_000

/** Shutdown: what is not done by then is reported and left to recovery. */
export const SHUTDOWN_MS_MAX = 15_000

/** The local exchange as a child process. */
export const EXCHANGE_START_MS = 20_000
export const EXCHANGE_STOP_MS = 5_000

/** XState's own default is Infinity. */
export const MACHINE_ITERATIONS_MAX = 1_000

invariant(LEDGER_BATCH_RECORDS_MAX < LEDGER_BUSY_RECORDS, 'a batch is smaller than the backlog that blocks orders')
invariant(LEDGER_BUSY_RECORDS < LEDGER_QUEUE_RECORDS_MAX, 'new orders are blocked before the ledger queue is full')
invariant(RECONNECT_DELAY_MS_MIN < RECONNECT_DELAY_MS_MAX, 'back-off grows')
