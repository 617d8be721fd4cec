import type { Command } from 'commander'
import { examples } from './examples.ts'

/** Adds the commands of `lovage sms`, each with its options. */
export function addSmsCommands(sms: Command): void {
  const check = sms
    .command('check')
    .description('looks whether the gateways could send: settings, host, account, clock; sends nothing')
    .option('--gateway <names>', 'these gateways, with commas; default: those of the settings')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { smsCheck } = await import('./sms-check-command.ts')
      await smsCheck(command.optsWithGlobals())
    })
  examples(check, [
    ['lovage sms check', 'the gateways that messages go through'],
    ['lovage sms check --gateway aliyun,tencent', 'two that may be chosen later'],
  ])
  const send = sms
    .command('send')
    .description('sends a real SMS with a test code')
    .requiredOption('--to <mobile>', 'who gets it')
    .option(
      '--gateway <names>',
      'through this gateway, or the first of several that works; default: those of the settings',
    )
    .option('-y, --yes', 'does not ask')
    .option('-j, --json', 'prints one JSON document')
    .action(async (_options, command: Command) => {
      const { smsSend } = await import('./sms-send-command.ts')
      await smsSend(command.optsWithGlobals())
    })
  examples(send, [
    ['lovage sms send --to 13800000000', 'asks, then sends as the service would'],
    ['lovage sms send --to 13800000000 --gateway twilio --yes', 'through one gateway'],
  ])
  examples(sms, [['lovage sms check', 'whether messages could be sent']])
}
