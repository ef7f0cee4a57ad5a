import { describe, expect, it } from 'vitest'
import { EXIT, OperatingError } from '../../../src/domain/operating-error.ts'
import { failureOf } from '../../../src/ledger/failure.ts'

const withCode = (code: string, message = 'words of the driver'): Error => Object.assign(new Error(message), { code })

describe('a failure of the database', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '08006', '57P01', '57P03', '40001', '40P01', '53300', '57014', '25006'])(
    'is away, to be tried again: %s',
    (code) => {
      expect(failureOf(withCode(code), 'at h:1/d')).toMatchObject({ kind: 'away' })
    },
  )

  it('is away where the driver has only words for it', () => {
    expect(failureOf(new Error('Connection terminated unexpectedly'), 'at h:1/d')).toMatchObject({ kind: 'away' })
    expect(failureOf(new AggregateError([withCode('ECONNREFUSED')]), 'at h:1/d')).toMatchObject({ kind: 'away' })
  })

  it.each(['23502', '23514', '42P01', '22P02'])('is final where the statement itself was refused: %s', (code) => {
    expect(failureOf(withCode(code), 'at h:1/d')).toMatchObject({ kind: 'failed', exitCode: EXIT.failed })
  })

  it('is our bug where neither the database nor the driver has a word for it', () => {
    expect(failureOf(new TypeError('x is undefined'), 'at h:1/d')).toMatchObject({ exitCode: EXIT.invariantBroken })
  })

  it('keeps the exit code of an operating error', () => {
    const owned = new OperatingError('owned', EXIT.accountOwned)
    expect(failureOf(owned, 'x')).toEqual({ kind: 'failed', message: 'owned', exitCode: EXIT.accountOwned })
  })

  it('never repeats the password', () => {
    const { message } = failureOf(withCode('XX000', 'cannot use hunter2 here'), 'at h:1/d', 'hunter2')
    expect(message).not.toContain('hunter2')
  })
})
