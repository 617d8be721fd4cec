import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Json } from '../engine/wire-value.ts'
import { describeAddress, endpointOf, type RedisAddress } from '../redis/address.ts'
import { hostText } from '../redis/endpoint.ts'

/** The settings that have a name in Celery. */
export type NamedSettings = Pick<ResolvedSettings, 'worker' | 'results' | 'events' | 'beat' | 'redis'>

/** Where queue and results are. */
export interface Servers {
  readonly broker: RedisAddress
  readonly results: RedisAddress
}

/** One of them, and what it is in Celery (celery.app.defaults of 5.2) where nobody has set it. */
type Row = readonly [name: string, value: Json, celerys: Json]

/**
 * The settings under Celery's names. What no setting of Lovage changes is there too, where a Celery could be set to do it.
 *
 * @param all also those that are as Celery has them by default
 */
export function celerySettings(settings: NamedSettings, servers: Servers, all: boolean): { [name: string]: Json } {
  const rows = rowsOf(settings, servers)
  return Object.fromEntries((all ? rows : rows.filter(differs)).map(([name, value]) => [name, value]))
}

function differs([, value, celerys]: Row): boolean {
  return JSON.stringify(value) !== JSON.stringify(celerys)
}

function rowsOf({ worker, results, events, beat, redis }: NamedSettings, servers: Servers): Row[] {
  return [
    ['broker_url', celeryUrl(servers.broker), null],
    ['result_backend', celeryUrl(servers.results), null],
    ['include', [...worker.tasks], []],
    ['task_default_queue', worker.queues[0] ?? null, null],
    ['worker_pool', worker.pool, 'prefork'],
    ['worker_concurrency', worker.concurrency, null],
    ['worker_prefetch_multiplier', worker.prefetchMultiplier ?? 1, 4],
    ['worker_max_tasks_per_child', worker.maxTasksPerChild, null],
    ['worker_max_memory_per_child', worker.maxMemoryPerChild, null],
    ['worker_pool_restarts', true, false],
    ['worker_enable_remote_control', true, true],
    ['worker_send_task_events', events.tasks, false],
    ['task_send_sent_event', events.sent, false],
    ['task_time_limit', worker.timeLimit, null],
    ['task_soft_time_limit', worker.softTimeLimit, null],
    ['task_acks_late', true, false],
    ['task_acks_on_failure_or_timeout', true, true],
    ['task_reject_on_worker_lost', true, null],
    ['task_protocol', 2, 2],
    ['task_serializer', 'json', 'json'],
    ['result_serializer', 'json', 'json'],
    ['accept_content', ['json'], ['json']],
    ['task_ignore_result', false, false],
    ['task_track_started', false, false],
    ['result_expires', results.ttlSeconds, 86_400],
    ['result_extended', false, false],
    ['broker_connection_timeout', redis.connectTimeoutMs / 1000, 4],
    [
      'broker_transport_options',
      { visibility_timeout: worker.visibilityTimeoutMs / 1000 },
      { visibility_timeout: 3600 },
    ],
    ['timezone', beat.timezone, 'UTC'],
    ['enable_utc', true, true],
  ]
}

/** An address as kombu takes it, without its password. */
export function celeryUrl(address: RedisAddress): string {
  return describeAddress(address)
    .replace(/^unix:/, 'redis+socket:')
    .replace('?db=', '?virtual_host=')
}

/** An address taken apart, under kombu's names; without its password. */
export function connectionInfo(address: RedisAddress, connectTimeoutMs: number): { [name: string]: Json } {
  const endpoint = endpointOf(address)
  const { hostname, port } = place(endpoint)
  return {
    hostname,
    userid: endpoint.username,
    virtual_host: String(endpoint.database ?? 0),
    port,
    insist: false,
    ssl: endpoint.kind !== 'socket' && endpoint.tls,
    transport: 'redis',
    connect_timeout: connectTimeoutMs / 1000,
    transport_options: {},
    login_method: null,
    uri_prefix: null,
    heartbeat: 0,
    failover_strategy: 'round-robin',
    alternates: [],
    credential_provider: null,
  }
}

function place(endpoint: ReturnType<typeof endpointOf>): { hostname: string; port: number | null } {
  if (endpoint.kind === 'host') return { hostname: endpoint.host, port: endpoint.port }
  if (endpoint.kind === 'socket') return { hostname: endpoint.path, port: null }
  return { hostname: endpoint.sentinels.map(hostText).join(','), port: null }
}
