import { Migration20261121012713_ledger } from './Migration20261121012713_ledger.ts'
import { Migration20261121045000_weather_rows } from './Migration20261121045000_weather_rows.ts'
import { Migration20261121051249_demotions } from './Migration20261121051249_demotions.ts'

/** In order of execution. */
export const MIGRATIONS = [
  { name: 'Migration20261121012713_ledger', class: Migration20261121012713_ledger },
  { name: 'Migration20261121045000_weather_rows', class: Migration20261121045000_weather_rows },
  { name: 'Migration20261121051249_demotions', class: Migration20261121051249_demotions },
]
