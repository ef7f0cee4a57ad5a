import { Migration } from '@mikro-orm/migrations'

/**
 * What each session's fills earned, makers and takers apart, in 1/1,000,000 $: price (1/10,000 $) × quantity (1/100
 * contract) is exactly money. A bid holds YES at its price, an ask holds NO at one dollar minus its price. Fills of
 * markets that are not determined yet are counted apart and carry no payout.
 */
const SESSION_PNL = `create view "trading"."session_pnl" as
  with settled as (
    select f.session_id, f.liquidity, f.fee, f.quantity, s.settlement_value is not null as is_settled,
      f.quantity * case f.side when 'bid' then f.price else 10000 - f.price end as cost,
      f.quantity * case f.side when 'bid' then s.settlement_value else 10000 - s.settlement_value end as payout
    from "trading"."fills" f
    left join "trading"."settlements" s on s.account_id = f.account_id and s.market = f.market
  )
  select session_id, liquidity,
    count(*) filter (where is_settled) as fills,
    coalesce(sum(quantity) filter (where is_settled), 0)::bigint as quantity,
    coalesce(sum(cost) filter (where is_settled), 0)::bigint as cost,
    coalesce(sum(payout) filter (where is_settled), 0)::bigint as payout,
    coalesce(sum(fee) filter (where is_settled), 0)::bigint as fees,
    coalesce(sum(payout - cost - fee) filter (where is_settled), 0)::bigint as pnl,
    count(*) filter (where not is_settled) as open_fills,
    coalesce(sum(fee) filter (where not is_settled), 0)::bigint as open_fees
  from settled
  group by session_id, liquidity;`

export class Migration20261121012713_ledger extends Migration {
  override name = 'Migration20261121012713_ledger'

  override up(): void | Promise<void> {
    this.addSql(`create schema if not exists "trading";`)
    this.addSql(`create schema if not exists "wx";`)
    this.addSql(
      `create table "trading"."accounts" ("id" text not null, "mode" text not null, "venue_url" text not null, "key_id" text not null, "run_id" text null, "owner_session" text null, "owner_pid" int null, "owner_host" text null, "owner_since" timestamptz(3) null, primary key ("id"));`,
    )

    this.addSql(
      `create table "trading"."decisions" ("session_id" text not null, "id" text not null, "recorded_on" date not null, "account_id" text not null, "sequence" bigint not null, "strategy" text not null, "event" text not null, "market" text null, "cause" text not null, "decided_at" timestamptz(3) not null, "decided_wall_at" timestamptz(3) not null, "latency_ns" bigint null, "books" jsonb not null, "candidates" jsonb not null, "choice" jsonb null, "refusal" text null, "no_prediction_reason" text null, "prediction_id" text null, "model_version" text null, "config_hash" text not null, "order_id" text null, "repeats" bigint not null default '0', "last_repeated_at" timestamptz(3) null, primary key ("session_id", "id", "recorded_on")) partition by range ("recorded_on");`,
    )
    this.addSql(
      `create index "decisions_account_id_event_decided_at_index" on "trading"."decisions" ("account_id", "event", "decided_at");`,
    )

    this.addSql(
      `create table "trading"."fills" ("account_id" text not null, "order_id" text not null, "trade_id" text not null, "session_id" text not null, "market" text not null, "side" text not null, "liquidity" text not null, "price" int not null, "quantity" bigint not null, "fee" bigint not null, "filled_at" timestamptz(3) not null, primary key ("account_id", "order_id", "trade_id"));`,
    )
    this.addSql(`create index "fills_session_id_index" on "trading"."fills" ("session_id");`)
    this.addSql(`create index "fills_account_id_market_index" on "trading"."fills" ("account_id", "market");`)
    this.addSql(
      `alter table "trading"."fills" add constraint "fills_scale" check (price >= 0 and price <= 10000 and quantity > 0);`,
    )

    this.addSql(
      `create table "trading"."halts" ("account_id" text not null, "halted_at" timestamptz(3) not null, "reason" text not null, "session_id" text not null, "resumed_at" timestamptz(3) null, primary key ("account_id", "halted_at", "reason"));`,
    )

    this.addSql(
      `create table "trading"."orders" ("account_id" text not null, "id" text not null, "session_id" text not null, "decision_id" text not null, "event" text not null, "market" text not null, "side" text not null, "role" text not null, "price" int not null, "quantity" bigint not null, "filled_quantity" bigint not null, "status" text not null, "created_at" timestamptz(3) not null, "cancel_reason" text null, "history" jsonb not null, primary key ("account_id", "id"));`,
    )
    this.addSql(`create index "orders_session_id_index" on "trading"."orders" ("session_id");`)
    this.addSql(
      `alter table "trading"."orders" add constraint "orders_scale" check (price >= 0 and price <= 10000 and quantity > 0 and filled_quantity >= 0 and filled_quantity <= quantity);`,
    )

    this.addSql(
      `create table "trading"."positions" ("account_id" text not null, "market" text not null, "session_id" text not null, "net_quantity" bigint not null, "cost" bigint not null, "fees" bigint not null, "realized_pnl" bigint not null, "updated_at" timestamptz(3) not null, primary key ("account_id", "market"));`,
    )

    this.addSql(
      `create table "trading"."sessions" ("id" text not null, "account_id" text not null, "mode" text not null, "status" text not null, "started_at" timestamptz(3) not null, "started_market_at" timestamptz(3) not null, "ended_at" timestamptz(3) null, "ended_market_at" timestamptz(3) null, "code_version" text not null, "config_hash" text not null, "config" jsonb not null, "totals" jsonb null, "pid" int not null, "host" text not null, primary key ("id"));`,
    )
    this.addSql(
      `create index "sessions_account_id_started_at_index" on "trading"."sessions" ("account_id", "started_at");`,
    )

    this.addSql(
      `create table "trading"."settlements" ("account_id" text not null, "market" text not null, "session_id" text not null, "event" text not null, "result" text not null, "settlement_value" int not null, "expiration_value" text null, "determined_at" timestamptz(3) not null, "settled_at" timestamptz(3) null, "net_quantity" bigint not null, "payout" bigint not null, "pnl" bigint not null, primary key ("account_id", "market"));`,
    )

    this.addSql(
      `create table "wx"."forecasts" ("account_id" text not null, "city" text not null, "climate_date" date not null, "source" text not null, "kind" text not null, "issued_at" timestamptz(3) not null, "available_at" timestamptz(3) not null, "session_id" text not null, "high_f" double precision not null, primary key ("account_id", "city", "climate_date", "source", "kind", "issued_at", "available_at"));`,
    )
    this.addSql(`create index "forecasts_session_id_index" on "wx"."forecasts" ("session_id");`)

    this.addSql(
      `create table "wx"."observations" ("account_id" text not null, "station" text not null, "kind" text not null, "valid_at" timestamptz(3) not null, "available_at" timestamptz(3) not null, "session_id" text not null, "city" text not null, "temperature_f" double precision not null, "reported_precision" text not null, primary key ("account_id", "station", "kind", "valid_at", "available_at"));`,
    )
    this.addSql(`create index "observations_session_id_index" on "wx"."observations" ("session_id");`)

    this.addSql(
      `create table "wx"."predictions" ("session_id" text not null, "id" text not null, "account_id" text not null, "city" text not null, "climate_date" date not null, "model_id" text not null, "model_version" text not null, "snapshot_hour" int not null, "is_served" boolean not null, "as_of" timestamptz(3) not null, "computed_at" timestamptz(3) not null, "confirmed_at" timestamptz(3) not null, "base_f" double precision not null, "first_high_f" int not null, "probabilities" jsonb not null, "brackets" jsonb not null, "expected_high_f" double precision not null, "std_f" double precision not null, "q05_f" int not null, "q95_f" int not null, "observed_max_f" double precision null, "floor_f" double precision null, "observation_count" int not null, "covered_minutes" double precision not null, "forecast_issued_at" timestamptz(3) not null, "forecast_kind" text not null, "observation_kind" text null, "features" jsonb not null, "inputs_hash" text not null, primary key ("session_id", "id"));`,
    )
    this.addSql(
      `create index "predictions_city_climate_date_as_of_index" on "wx"."predictions" ("city", "climate_date", "as_of");`,
    )

    this.addSql(SESSION_PNL)
  }

  override down(): void {
    this.addSql(`drop schema "wx" cascade;`)
    this.addSql(`drop schema "trading" cascade;`)
  }
}
