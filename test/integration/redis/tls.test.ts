import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { connect, ready } from '../../../src/redis/connection.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('a connection over TLS', () => {
  const logger = recordingLogger()
  let folder: string
  let server: RedisServer
  let address: string

  before(async function () {
    folder = mkdtempSync(join(tmpdir(), 'lovage-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      ...subject,
      '-keyout',
      key,
      '-out',
      cert,
    ]
    execFileSync('openssl', request, { stdio: 'ignore' })
    const probe = createServer()
    await once(probe.listen(0, '127.0.0.1'), 'listening')
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    const files = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ]
    server = await startRedis({ args: ['--tls-port', String(port), '--bind', '127.0.0.1', ...files] })
    address = `rediss://localhost:${port}/2`
  })

  after(async () => {
    await server?.stop()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  it('may be broken off at any moment of its handshake', async () => {
    for (let ms = 1; ms < 60; ms += 1) {
      const client = connect({ url: address }, { name: 'test', role: 'commands', logger })
      await setupFailure('NOT_READY', ready(client, ms))
      // The server's last word comes after this; uncaught, it would end the process.
      client.disconnect()
    }
  })

  it('checks the certificate, against a given one or not at all', async () => {
    for (const query of [`ssl_ca_certs=${encodeURIComponent(join(folder, 'cert.pem'))}`, 'ssl_cert_reqs=none']) {
      const client = connect({ url: `${address}?${query}` }, { name: 'test', role: 'commands', logger })
      try {
        await ready(client, 2000)
        expect(await client.client('INFO')).to.contain(' db=2 ')
      } finally {
        client.disconnect()
      }
    }
    const client = connect({ url: address }, { name: 'test', role: 'commands', logger })
    try {
      expect(await setupFailure('NOT_READY', ready(client, 500))).to.contain('self-signed certificate')
    } finally {
      client.disconnect()
    }
  })
})
