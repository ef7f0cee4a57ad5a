import process from 'node:process'

export interface MemoryReport {
  readonly residentBytes: number
  /** The most that was resident at any time, as the operating system counted it. */
  readonly residentBytesMax: number
}

/** Of this process with all its threads; the embedded database is a process of its own. */
export function readMemory(): MemoryReport {
  return { residentBytes: process.memoryUsage.rss(), residentBytesMax: process.resourceUsage().maxRSS * 1024 }
}
