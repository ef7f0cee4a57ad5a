import { describe, expect, it } from 'vitest'
import { createConflator } from '../../../src/book/conflator.ts'

const conflated = (publish?: (key: string, mark: (key: string) => void) => void) => {
  const published: string[] = []
  const turns: (() => void)[] = []
  const conflator = createConflator<string>({
    soon: (run) => void turns.push(run),
    publish(key) {
      published.push(key)
      publish?.(key, conflator.mark)
    },
  })
  const turn = (): void => {
    for (const run of turns.splice(0)) run()
  }
  return { conflator, published, turn, waiting: () => turns.length }
}

describe('the conflator', () => {
  it('publishes each key once per turn, however often it changed, in the order of the first change', () => {
    const { conflator, published, turn, waiting } = conflated()
    for (const key of ['a', 'b', 'a', 'a', 'b']) conflator.mark(key)
    expect(published).toEqual([])
    expect(waiting()).toBe(1)
    turn()
    expect(published).toEqual(['a', 'b'])
  })

  it('asks for a new turn after each', () => {
    const { conflator, published, turn } = conflated()
    conflator.mark('a')
    turn()
    conflator.mark('a')
    turn()
    expect(published).toEqual(['a', 'a'])
  })

  it('forgets a key that has nothing to publish any more', () => {
    const { conflator, published, turn } = conflated()
    conflator.mark('a')
    conflator.mark('b')
    conflator.unmark('a')
    turn()
    expect(published).toEqual(['b'])
  })

  it('leaves what a publication marks to the next turn, so that a turn ends', () => {
    const { conflator, published, turn } = conflated((key, mark) => mark(key))
    conflator.mark('a')
    turn()
    expect(published).toEqual(['a'])
    turn()
    expect(published).toEqual(['a', 'a'])
  })
})
