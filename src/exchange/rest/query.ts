import { z } from 'zod'
import { parseDecimal } from '../../domain/units.ts'
import { type Answer, badRequest, limitTooHigh } from './answer.ts'

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly answer: Answer }

/** Unix seconds, counts and depths: digits only. */
export const wholeNumber = z.string().transform((text, context) => {
  const value = /^\d+$/.test(text) ? parseDecimal(text, 0) : undefined
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: 'expected a whole number' })
  return z.NEVER
})

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/**
 * Reads a query strictly: a parameter of the wrong kind is a 400 that names it. Empty parameters count as absent and unknown
 * ones are ignored, as on the venue. Names in `lists` may be repeated or separated by commas.
 */
export function parseQuery<Shape extends z.ZodRawShape>(
  query: URLSearchParams,
  shape: Shape,
  lists: readonly string[] = [],
): Parsed<z.infer<z.ZodObject<Shape>>> {
  const raw: Record<string, unknown> = {}
  for (const name of Object.keys(shape)) {
    const values = query.getAll(name).filter((value) => value !== '')
    if (values.length === 0) continue
    raw[name] = lists.includes(name) ? values.flatMap((value) => value.split(',')) : values[values.length - 1]
  }
  const parsed = z.object(shape).safeParse(raw)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issue = parsed.error.issues[0]
  return { ok: false, answer: badRequest(`invalid ${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? ''}`) }
}

export interface PageQuery {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

export const pageShape = { limit: wholeNumber.optional(), cursor: z.string().optional() }

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Empty on the last page. */
  readonly cursor: string
}

/**
 * One page after the item that the cursor names. A cursor that names nothing starts again at the front: the venue promises no
 * more (kalshi-api §3.1).
 */
export function pageOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  query: PageQuery,
  limits: { readonly standard: number; readonly max: number },
): Parsed<Page<Item>> {
  const limit = query.limit ?? limits.standard
  if (limit > limits.max) return { ok: false, answer: limitTooHigh(limits.max) }
  if (limit < 1) return { ok: false, answer: badRequest('limit must be at least 1') }
  const after = query.cursor === undefined ? undefined : Buffer.from(query.cursor, 'base64url').toString('utf8')
  const start = after === undefined ? 0 : items.findIndex((item) => nameOf(item) === after) + 1
  const page = items.slice(start, start + limit)
  const last = page.at(-1)
  const isLast = last === undefined || start + limit >= items.length
  return {
    ok: true,
    value: { items: page, cursor: isLast ? '' : Buffer.from(nameOf(last), 'utf8').toString('base64url') },
  }
}
