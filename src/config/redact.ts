import { hashOf } from './canonical.ts'
import type { Config } from './schema.ts'
import { settingOfKey } from './settings.ts'

export const REDACTED = '[redacted]'

/** The text without the passwords of URLs in it, before the host or in the query. */
export function redactUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${REDACTED}@`)
    .replace(/([?&][a-z_]*(?:password|secret|token|key)=)[^\s&]+/gi, `$1${REDACTED}`)
}

function redactNode(node: unknown, prefix: string): unknown {
  if (typeof node === 'string') return settingOfKey(prefix)?.isSecret ? REDACTED : redactUrls(node)
  if (Array.isArray(node) || typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, redactNode(child, prefix === '' ? name : `${prefix}.${name}`)]),
  )
}

/** The one form in which a configuration is shown, logged or stored. */
export function redact(config: Config): Config {
  return redactNode(config, '') as Config
}

/** Identifies the configuration of a session; two that differ only in a secret are one. */
export const configHash = (config: Config): string => hashOf(redact(config))
