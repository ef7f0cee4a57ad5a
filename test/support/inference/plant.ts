import process from 'node:process'

/** Loaded before the program: ways to end that nobody would write into it, at a signal. */
process.on('SIGUSR2', () => {
  throw new TypeError('Planted where nobody catches it')
})
process.on('SIGWINCH', () => process.exit(9))
