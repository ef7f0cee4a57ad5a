import type { Command } from './command.ts'

/** Loaded only when named, so that `halcyon fees` never loads a database client or a model runtime. */
export type CommandLoader = () => Promise<{ readonly command: Command }>

/** In the order in which `halcyon help` lists them. */
export const COMMANDS: Readonly<Record<string, CommandLoader>> = {
  play: () => import('./play.ts'),
  run: () => import('./run.ts'),
  exchange: () => import('./exchange.ts'),
  fees: () => import('./fees.ts'),
  evaluate: () => import('./evaluate.ts'),
  brackets: () => import('./brackets.ts'),
  'climate-day': () => import('./climate-day.ts'),
  books: () => import('./books.ts'),
  models: () => import('./models.ts'),
  db: () => import('./db.ts'),
  config: () => import('./config.ts'),
  help: () => import('./help.ts'),
  version: () => import('./version.ts'),
}

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS)
