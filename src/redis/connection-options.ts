import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { RedisOptions } from 'ioredis'
import { endpointOf, type RedisAddress } from './address.ts'
import { hostText, type Endpoint } from './endpoint.ts'
import { errorText, RedisSetupError } from './errors.ts'

/** Options without `replyMapping`, which decides the type of a client. */
export type AddressOptions = Omit<RedisOptions, 'replyMapping'>

/**
 * What ioredis needs to find the server of an address and log in.
 *
 * @throws RedisSetupError BAD_ADDRESS
 */
export function addressOptions(address: RedisAddress): AddressOptions {
  const endpoint = endpointOf(address)
  const access: AddressOptions = {
    db: endpoint.database ?? 0,
    ...(endpoint.username === null ? {} : { username: endpoint.username }),
    ...(endpoint.password === null ? {} : { password: endpoint.password }),
  }
  if (endpoint.kind === 'socket') return { path: endpoint.path, ...access }
  if (endpoint.kind === 'sentinel') return { ...sentinelOptions(endpoint), ...access }
  const { host, port } = endpoint
  return { host, port, ...access, ...(endpoint.tls ? { tls: tlsOptions(endpoint.query) } : {}) }
}

/** Which server a client's options name, for people: a socket, host and port, or the sentinels and their service. */
export function describeOptions({ path, host, port, sentinels, name }: RedisOptions): string {
  if (typeof path === 'string') return path
  const servers = sentinels ?? [{ host, port }]
  const hosts = servers.map((server) => hostText({ host: server.host ?? 'localhost', port: server.port ?? 6379 }))
  return sentinels === undefined || sentinels === null ? hosts.join() : `${name} at the sentinels ${hosts.join(', ')}`
}

function sentinelOptions({ sentinels, service, tls, query }: Endpoint & { kind: 'sentinel' }): AddressOptions {
  const { sentinelUsername, sentinelPassword } = query
  return {
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name: service,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls ? { tls: tlsOptions(query), sentinelTLS: tlsOptions(query), enableTLSForSentinelMode: true } : {}),
  }
}

/** The settings that redis-py and kombu read from a query. Without them the certificate is checked as Node does. */
function tlsOptions({ ssl_cert_reqs: check, ssl_ca_certs: file }: Endpoint['query']): ConnectionOptions {
  const checks = ['required', 'CERT_REQUIRED', 'optional', 'CERT_OPTIONAL']
  const unchecked = ['none', 'CERT_NONE']
  if (check !== undefined && !checks.includes(check) && !unchecked.includes(check)) {
    throw new RedisSetupError('BAD_ADDRESS', `ssl_cert_reqs must be required, optional or none, got ${check}`)
  }
  return {
    ...(check !== undefined && unchecked.includes(check) ? { rejectUnauthorized: false } : {}),
    ...(file === undefined ? {} : { ca: readCertificates(file) }),
  }
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new RedisSetupError('BAD_ADDRESS', `ssl_ca_certs must name a file of certificates: ${errorText(error)}`)
  }
}
