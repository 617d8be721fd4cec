import type { Settings } from '../../config/default.ts'
import { variableFor } from './environment-table.ts'
import { leastSecretLength } from './secrets.ts'
import { servedQueues } from './served-queues.ts'
import type { EnvironmentName, SettingPath } from './settings-types.ts'

/** A rule over more than one setting, or over a setting and the environment. */
export interface CrossRule {
  /** The setting that is at fault when the rule is broken. */
  readonly setting: SettingPath
  /** All settings that the rule looks at. It is only asked when each of them is right by itself. */
  readonly reads: readonly SettingPath[]
  /** What was expected, or null when all is well. */
  readonly broken: (settings: Settings, environment: EnvironmentName) => string | null
}

export const crossRules: readonly CrossRule[] = [
  noLongerThan('headersTimeoutMs', 'requestTimeoutMs'),
  noLongerThan('requestTimeoutMs', 'answerTimeoutMs'),
  yuntongxunNeeds('accountSid', 'the ACCOUNT SID'),
  yuntongxunNeeds('authToken', 'the AUTH TOKEN'),
  yuntongxunNeeds('appId', 'the APP ID'),
  {
    setting: 'sms.gateway',
    reads: ['sms.gateway', 'sms.consoleInProduction'],
    broken: ({ sms }, environment) =>
      environment === 'production' && sms.gateway === 'console' && !sms.consoleInProduction
        ? `a gateway that sends, in production (${set('sms.gateway', 'yuntongxun')}, or ${set('sms.consoleInProduction', '1')})`
        : null,
  },
  {
    setting: 'sms.connectTimeoutMs',
    reads: ['sms.connectTimeoutMs', 'sms.timeoutMs'],
    broken: ({ sms }) =>
      sms.connectTimeoutMs > sms.timeoutMs ? `no more than sms.timeoutMs, which is ${sms.timeoutMs}` : null,
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

function yuntongxunNeeds(name: 'accountSid' | 'authToken' | 'appId', what: string): CrossRule {
  const setting = `sms.yuntongxun.${name}` as const
  return {
    setting,
    reads: ['sms.gateway', setting],
    broken: ({ sms }) =>
      sms.gateway === 'yuntongxun' && sms.yuntongxun[name] === null
        ? `${what}, for the yuntongxun gateway (${set(setting)})`
        : null,
  }
}

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

/** What to do about it: "set NAME" or "set NAME=value". */
function set(path: SettingPath, value?: string): string {
  const name = variableFor(path) ?? path
  return value === undefined ? `set ${name}` : `set ${name}=${value}`
}
