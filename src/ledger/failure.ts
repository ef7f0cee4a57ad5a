import { EXIT, OperatingError } from '../domain/operating-error.ts'
import type { LedgerFailure, Reply } from './protocol.ts'

/** Of the driver: the server could not be reached or cut us off. */
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
])

/**
 * SQLSTATEs after which the same transaction may succeed: connection (08), shutting down or starting (57P0x), read-only
 * after a fail-over, conflict with another transaction, out of connections, memory or disk, statement timeout.
 */
const AWAY_STATES = /^(?:08...|57P0[1-5]|25006|40001|40P01|53...|57014|55P03)$/

/** The driver's own words for a lost connection, which carry no code. */
const AWAY_MESSAGES =
  /connection terminated|connection error|timeout exceeded when trying to connect|not queryable|client was closed/i

const codeOf = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

export function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isAway)
  if (error instanceof DatabaseAway) return true
  const code = codeOf(error)
  if (AWAY_CODES.has(code) || AWAY_STATES.test(code)) return true
  return code === '' && error instanceof Error && AWAY_MESSAGES.test(error.message)
}

export const isMissingDatabase = (error: unknown): boolean => codeOf(error) === '3D000'

/** One line, with the database's own code, without what would identify a secret. */
export function describe(error: unknown, secret?: string): string {
  if (error instanceof AggregateError && error.message === '') return describe(error.errors[0], secret)
  const message = error instanceof Error ? error.message : String(error)
  // The ORM puts the whole statement before the driver's words.
  const short = (message.split(' - ').at(-1) ?? message).replaceAll(/\s+/g, ' ').trim()
  const code = codeOf(error)
  const line = `${code === '' || short.includes(code) ? '' : `${code}: `}${short}`.slice(0, 400)
  return secret ? line.replaceAll(secret, '***') : line
}

/** The database cannot be used just now; a later attempt may find it again. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

export function failureOf(error: unknown, where: string, secret?: string): LedgerFailure {
  if (error instanceof OperatingError) return { kind: 'failed', message: error.message, exitCode: error.exitCode }
  if (isAway(error)) {
    const message = `The database ${where} cannot be reached (${describe(error, secret)}). Start it, or check \`database.url\`.`
    return { kind: 'away', message }
  }
  if (codeOf(error) === '') {
    const message = `The ledger failed on a bug of its own (${describe(error, secret)}). Please report it.`
    return { kind: 'failed', message, exitCode: EXIT.invariantBroken }
  }
  const message = `The database ${where} refused a statement of the ledger (${describe(error, secret)}). Nothing of it was written; run \`halcyon db status\` to look at the database.`
  return { kind: 'failed', message, exitCode: EXIT.failed }
}

/** Every error of the thread becomes data here: what is thrown across threads loses its kind. */
export async function replyOf<Value>(
  run: () => Promise<Value>,
  about: () => { readonly where: string; readonly secret?: string | undefined },
): Promise<Reply<Value>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    const { where, secret } = about()
    return { ok: false, failure: failureOf(error, where, secret) }
  }
}
