import { z } from 'zod'

/** What a package's manifest says of its own calibration and skill, out of fold. Null where it does not say. */
export interface Promises {
  /** Of its calibration; 1 where it has none. */
  readonly temperature: number
  readonly logLoss: number | null
  readonly crps: number | null
  readonly coverage: number | null
}

/** `rpsF` is the CRPS on whole degrees. Manifests hold much more, and may hold none of this. */
const metricsSchema = z.object({
  all: z.object({
    model: z.object({ logLoss: z.number(), rpsF: z.number(), coverage90: z.number() }).partial(),
  }),
})

export function promisesOf(manifest: {
  readonly calibration?: { readonly kind: string; readonly temperature?: number } | undefined
  readonly metrics?: unknown
}): Promises {
  const parsed = metricsSchema.safeParse(manifest.metrics)
  const said = parsed.success ? parsed.data.all.model : {}
  const { calibration } = manifest
  return {
    temperature: (calibration?.kind === 'temperature' ? calibration.temperature : undefined) ?? 1,
    logLoss: said.logLoss ?? null,
    crps: said.rpsF ?? null,
    coverage: said.coverage90 ?? null,
  }
}
