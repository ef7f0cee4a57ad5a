import { Migration } from '@mikro-orm/migrations'

/**
 * What a forecast or a reading says is its key, no longer when it was available: a daemon that is started again sees the
 * day's rows a second time, and the first time is when they were known. The extra measurements of a reading and who
 * delivered it get columns; of rows from before, the session's configuration says the latter.
 */
export class Migration20261121045000_weather_rows extends Migration {
  override name = 'Migration20261121045000_weather_rows'

  override up(): void {
    this.addSql(
      `delete from "wx"."forecasts" later using "wx"."forecasts" earlier where later."account_id" = earlier."account_id" and later."city" = earlier."city" and later."climate_date" = earlier."climate_date" and later."source" = earlier."source" and later."kind" = earlier."kind" and later."issued_at" = earlier."issued_at" and later."high_f" = earlier."high_f" and later."available_at" > earlier."available_at";`,
    )
    this.addSql(`alter table "wx"."forecasts" drop constraint "forecasts_pkey";`)
    this.addSql(
      `alter table "wx"."forecasts" add primary key ("account_id", "city", "climate_date", "source", "kind", "issued_at", "high_f");`,
    )

    this.addSql(
      `delete from "wx"."observations" later using "wx"."observations" earlier where later."account_id" = earlier."account_id" and later."station" = earlier."station" and later."kind" = earlier."kind" and later."valid_at" = earlier."valid_at" and later."temperature_f" = earlier."temperature_f" and later."reported_precision" = earlier."reported_precision" and later."available_at" > earlier."available_at";`,
    )
    this.addSql(`alter table "wx"."observations" drop constraint "observations_pkey";`)
    this.addSql(
      `alter table "wx"."observations" add "report" text null, add "source" text null, add "dewpoint_f" double precision null, add "pressure_hpa" double precision null, add "wind_ms" double precision null;`,
    )
    this.addSql(
      `update "wx"."observations" o set "report" = o."temperature_f"::text || ' ' || o."reported_precision" || ' - - -', "source" = coalesce((select s."config" #>> '{weather,source}' from "trading"."sessions" s where s."id" = o."session_id"), 'unknown');`,
    )
    this.addSql(
      `alter table "wx"."observations" alter column "report" set not null, alter column "source" set not null;`,
    )
    this.addSql(
      `alter table "wx"."observations" add primary key ("account_id", "station", "kind", "valid_at", "report");`,
    )
  }

  override down(): void {
    this.addSql(`alter table "wx"."forecasts" drop constraint "forecasts_pkey";`)
    this.addSql(
      `alter table "wx"."forecasts" add primary key ("account_id", "city", "climate_date", "source", "kind", "issued_at", "available_at");`,
    )
    this.addSql(`alter table "wx"."observations" drop constraint "observations_pkey";`)
    this.addSql(
      `alter table "wx"."observations" drop column "report", drop column "source", drop column "dewpoint_f", drop column "pressure_hpa", drop column "wind_ms";`,
    )
    this.addSql(
      `alter table "wx"."observations" add primary key ("account_id", "station", "kind", "valid_at", "available_at");`,
    )
  }
}
