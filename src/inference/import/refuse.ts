import { OperatingError } from '../../domain/operating-error.ts'

/** Ends an import with the reason, worded to follow "the file is not imported: ". */
export function refuse(what: string): never {
  throw new OperatingError(what)
}
