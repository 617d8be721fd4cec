import type { CrossRule } from './cross-rule.ts'
import { gatewayRules } from './gateway-rules.ts'
import { leastSecretLength } from './secrets.ts'
import { set } from './set-words.ts'
import { servedQueues } from './served-queues.ts'

export const crossRules: readonly CrossRule[] = [
  ...gatewayRules,
  noLongerThan('headersTimeoutMs', 'requestTimeoutMs'),
  noLongerThan('requestTimeoutMs', 'answerTimeoutMs'),
  {
    setting: 'sms.gateways',
    reads: ['sms.gateways', 'sms.consoleInProduction'],
    broken: ({ sms }, environment) =>
      environment === 'production' && sms.gateways.includes('console') && !sms.consoleInProduction
        ? `a gateway that sends, in production (${set('sms.gateways', 'yuntongxun')}, or ${set('sms.consoleInProduction', '1')})`
        : null,
  },
  {
    setting: 'sms.connectTimeoutMs',
    reads: ['sms.connectTimeoutMs', 'sms.timeoutMs'],
    broken: ({ sms }) =>
      sms.connectTimeoutMs > sms.timeoutMs ? `no more than sms.timeoutMs, which is ${sms.timeoutMs}` : null,
  },
  {
    setting: 'accounts.loginDelays.firstSeconds',
    reads: ['accounts.loginDelays.firstSeconds', 'accounts.loginDelays.longestSeconds'],
    broken: ({ accounts: { loginDelays } }) =>
      loginDelays.firstSeconds > loginDelays.longestSeconds
        ? `no more than accounts.loginDelays.longestSeconds, which is ${loginDelays.longestSeconds}`
        : null,
  },
  {
    setting: 'worker.concurrency',
    reads: ['worker.concurrency', 'worker.pool'],
    broken: ({ worker }) =>
      worker.pool === 'solo' && worker.concurrency !== null && worker.concurrency !== 1 ? '1 with the solo pool' : null,
  },
  {
    setting: 'worker.autoscale',
    reads: ['worker.autoscale', 'worker.pool'],
    broken: ({ worker }) =>
      worker.pool === 'solo' && worker.autoscale !== null ? 'nothing with the solo pool, which runs one task' : null,
  },
  {
    setting: 'worker.concurrency',
    reads: ['worker.concurrency', 'worker.autoscale'],
    broken: ({ worker }) =>
      worker.autoscale !== null && worker.concurrency !== null ? 'nothing beside worker.autoscale' : null,
  },
  {
    setting: 'worker.excludeQueues',
    reads: ['worker.queues', 'worker.excludeQueues'],
    broken: ({ worker }) =>
      servedQueues(worker).length === 0 ? `queues that leave at least one of ${worker.queues.join(', ')}` : null,
  },
  {
    setting: 'worker.softTimeLimit',
    reads: ['worker.softTimeLimit', 'worker.timeLimit'],
    broken: ({ worker: { softTimeLimit: soft, timeLimit: hard } }) =>
      soft !== null && hard !== null && soft >= hard ? `less than worker.timeLimit, which is ${hard}` : null,
  },
  {
    setting: 'secrets.sessionKeys',
    reads: ['secrets.sessionKeys'],
    broken: ({ secrets }, environment) =>
      environment === 'production' && !areLong(secrets.sessionKeys)
        ? `keys of at least ${leastSecretLength} characters each, in production (${set('secrets.sessionKeys')})`
        : null,
  },
  {
    setting: 'secrets.codeKey',
    reads: ['secrets.codeKey'],
    broken: ({ secrets }, environment) =>
      environment === 'production' && !areLong(secrets.codeKey === null ? null : [secrets.codeKey])
        ? `a key of at least ${leastSecretLength} characters, in production (${set('secrets.codeKey')})`
        : null,
  },
]

/** A request's times: each is a part of the next one. */
function noLongerThan(part: HttpTime, whole: HttpTime): CrossRule {
  return {
    setting: `http.${part}`,
    reads: [`http.${part}`, `http.${whole}`],
    broken: ({ http }) => (http[part] > http[whole] ? `no more than http.${whole}, which is ${http[whole]}` : null),
  }
}

type HttpTime = 'headersTimeoutMs' | 'requestTimeoutMs' | 'answerTimeoutMs'

function areLong(keys: readonly string[] | null): boolean {
  return keys !== null && keys.every((key) => key.length >= leastSecretLength)
}
