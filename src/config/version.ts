import packageJson from '../../package.json' with { type: 'json' }

/** Of the program; stored with every session. */
export const VERSION: string = packageJson.version
