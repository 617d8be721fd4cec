import { expect } from 'chai'
import { effectScope, type EffectScope } from 'vue'
import type { Challenge } from '../../../../src/web/api.ts'
import { useProof, type MakeProof } from '../../../../src/web/sms/use-proof.ts'
import { eventually } from '../../../support/eventually.ts'

const CHALLENGE: Challenge = {
  parameters: {
    algorithm: 'SHA-256',
    nonce: '00',
    salt: '00',
    cost: 1,
    keyLength: 32,
    keyPrefix: '00',
    data: { maxNumber: 10 },
  },
  signature: '00',
}

describe('the proof that stands for a picture', () => {
  let scope: EffectScope
  beforeEach(() => (scope = effectScope()))
  afterEach(() => scope.stop())

  function setUp(make: MakeProof, challenge = async () => CHALLENGE) {
    const failures: unknown[] = []
    const clock = { now: 0 }
    const failed = (failure: unknown) => void failures.push(failure)
    const proof = scope.run(() => useProof({ api: { challenge }, make, failed, now: () => clock.now }))
    if (proof === undefined) throw new Error('the scope did not run')
    return { proof, failures, clock }
  }

  it('is there when it is made, and gone when it is used or old', async () => {
    const { proof, clock, failures } = setUp(async () => 'made')
    expect(proof.take()).to.equal(undefined)
    await proof.start()
    expect(proof.take()).to.equal('made')
    clock.now = 250_000
    expect(proof.take()).to.equal(undefined)
    clock.now = 0
    proof.clear()
    expect(proof.take()).to.equal(undefined)
    expect(failures).to.deep.equal([])
  })

  it('tells how far it is, and ends its work when it is cleared', async () => {
    let ended = false
    const { proof, failures } = setUp(
      (_challenge, { progress, signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = true
            reject(new Error('ended'))
          })
          progress(0.426)
        }),
    )
    const started = proof.start()
    await eventually(() => expect(proof.percent.value).to.equal(42))
    expect(proof.working.value).to.equal(true)
    proof.clear()
    await started
    expect([ended, proof.working.value, proof.percent.value, proof.proof.value]).to.deep.equal([
      true,
      false,
      0,
      undefined,
    ])
    expect(failures).to.deep.equal([])
  })

  it('tells why there is none', async () => {
    const away = new Error('away')
    const { proof, failures } = setUp(
      async () => 'made',
      async () => {
        throw away
      },
    )
    await proof.start()
    expect(failures).to.deep.equal([away])
    expect([proof.working.value, proof.take()]).to.deep.equal([false, undefined])
  })
})
