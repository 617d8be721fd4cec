import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { addressOptions, describeOptions } from '../../../src/redis/connection-options.ts'
import { RedisSetupError } from '../../../src/redis/errors.ts'

describe('the options of a connection', () => {
  it('are those of the address', () => {
    expect(addressOptions({ socketPath: '/s', db: 2 })).to.deep.equal({ path: '/s', db: 2 })
    expect(addressOptions({ url: 'redis://h' })).to.deep.equal({ host: 'h', port: 6379, db: 0 })
    expect(addressOptions({ url: 'redis://:p%40ss@[::1]:1/2' })).to.deep.equal({
      host: '::1',
      port: 1,
      db: 2,
      password: 'p@ss',
    })
    expect(addressOptions({ url: 'rediss://me:secret@h' })).to.deep.equal({
      host: 'h',
      port: 6379,
      db: 0,
      username: 'me',
      password: 'secret',
      tls: {},
    })
  })

  it('are those of the sentinels', () => {
    expect(addressOptions({ url: 'redis+sentinel://:secret@a,b:1/main/2?sentinelPassword=other' })).to.deep.equal({
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
      ],
      name: 'main',
      db: 2,
      password: 'secret',
      sentinelPassword: 'other',
    })
    expect(addressOptions({ url: 'rediss+sentinel://a/main' })).to.deep.equal({
      sentinels: [{ host: 'a', port: 26379 }],
      name: 'main',
      db: 0,
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
    })
  })

  it('read the settings of TLS that Celery needs', async () => {
    for (const check of ['none', 'CERT_NONE']) {
      expect(addressOptions({ url: `rediss://h?ssl_cert_reqs=${check}` }).tls).to.deep.equal({
        rejectUnauthorized: false,
      })
    }
    for (const check of ['required', 'CERT_REQUIRED', 'optional', 'CERT_OPTIONAL']) {
      expect(addressOptions({ url: `rediss://h?ssl_cert_reqs=${check}` }).tls).to.deep.equal({})
    }
    const folder = await mkdtemp(join(tmpdir(), 'lovage-options-'))
    try {
      writeFileSync(join(folder, 'ca.pem'), 'certificates')
      const url = `rediss://h?ssl_ca_certs=${encodeURIComponent(join(folder, 'ca.pem'))}`
      expect(addressOptions({ url }).tls).to.deep.equal({ ca: 'certificates' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuse settings of TLS that mean nothing', () => {
    expect(() => addressOptions({ url: 'rediss://h?ssl_cert_reqs=maybe' })).to.throw(
      RedisSetupError,
      'ssl_cert_reqs must be required, optional or none, got maybe',
    )
    expect(() => addressOptions({ url: 'rediss://h?ssl_ca_certs=/no/such.pem' })).to.throw(
      RedisSetupError,
      /must name a file of certificates: ENOENT.*\/no\/such\.pem/,
    )
  })

  it('name the server for people', () => {
    expect(describeOptions(addressOptions({ socketPath: '/s', db: 0 }))).to.equal('/s')
    expect(describeOptions(addressOptions({ url: 'redis://:secret@[::1]/2' }))).to.equal('[::1]:6379')
    expect(describeOptions(addressOptions({ url: 'redis+sentinel://:secret@a,b/main' }))).to.equal(
      'main at the sentinels a:26379, b:26379',
    )
  })
})
