import { VERSION } from '../config/version.ts'
import { EXIT } from '../domain/operating-error.ts'
import { type Command, parseOptions, printJson } from './command.ts'

export const command: Command = {
  name: 'version',
  summary: 'Print the version',
  usage: 'Usage: halcyon version [--json]\n\nJSON: {"halcyon":"0.1.0"}\n',
  async run(context) {
    const { values } = parseOptions(this, context.argv, { json: { type: 'boolean' } })
    if (values.json === true) printJson(context, { halcyon: VERSION })
    else context.stdout.write(`halcyon ${VERSION}\n`)
    return EXIT.done
  },
}
