import { Migration } from '@mikro-orm/migrations'

/** Strategies that go on in dry-run only, because their model was miscalibrated beyond the configured bound. */
export class Migration20261121051249_demotions extends Migration {
  override name = 'Migration20261121051249_demotions'

  override up(): void {
    this.addSql(
      `create table "trading"."demotions" ("account_id" text not null, "demoted_at" timestamptz(3) not null, "strategy" text not null, "session_id" text not null, "model_id" text not null, "model_version" text not null, "reason" text not null, "figures" jsonb not null, primary key ("account_id", "demoted_at", "strategy"));`,
    )
    this.addSql(`create index "demotions_session_id_index" on "trading"."demotions" ("session_id");`)
  }

  override down(): void {
    this.addSql(`drop table if exists "trading"."demotions" cascade;`)
  }
}
