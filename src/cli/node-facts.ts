import type { NodeFacts } from '../engine/index.ts'
import { bugReport, formatBugReport } from './bug-report.ts'
import { celerySettings, connectionInfo, type NamedSettings, type Servers } from './celery-settings.ts'

/** What a worker tells of itself by remote control, beside what its engine knows. */
export function nodeFacts(settings: NamedSettings, servers: Servers): NodeFacts {
  return {
    broker: connectionInfo(servers.broker, settings.redis.connectTimeoutMs),
    conf: (withDefaults) => celerySettings(settings, servers, withDefaults),
    report: () => formatBugReport(bugReport(celerySettings(settings, servers, false))),
  }
}
