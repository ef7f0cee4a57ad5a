import { readFile, stat } from 'node:fs/promises'
import { usageError } from '../domain/operating-error.ts'
import type { DatabaseSettings } from './protocol.ts'

const OTHERS_MODE = 0o077

/** From the section `database` of the configuration. Reads the password file; rejects with a usage error where it is open to others. */
export async function databaseSettingsOf(section: {
  readonly url?: string | undefined
  readonly password?: string | undefined
  readonly passwordFile?: string | undefined
  readonly folder: string
}): Promise<DatabaseSettings> {
  const { url, passwordFile, folder } = section
  if (url === undefined) return { kind: 'embedded', folder }
  const password = section.password ?? (passwordFile === undefined ? undefined : await readPasswordFile(passwordFile))
  return { kind: 'url', url, ...(password === undefined ? {} : { password }) }
}

async function readPasswordFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    throw usageError(`The password file ${path} (\`database.passwordFile\`) is not there. Check the path.`)
  }
  if (process.platform !== 'win32' && (found.mode & OTHERS_MODE) !== 0) {
    throw usageError(`The password file ${path} can be read by others. Run \`chmod 600 ${path}\`.`)
  }
  return (await readFile(path, 'utf8')).trim()
}
