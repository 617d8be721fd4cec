import { expect } from 'chai'
import { AppError } from '../../../src/app/errors.ts'
import { NO_PASSWORD, PasswordHasher } from '../../../src/app/password-hasher.ts'

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher({ cost: 4, waiting: 50 })

  it('makes a hash that only its password belongs to', async () => {
    const hash = await hasher.hash('correct horse')
    expect(hash).to.match(/^\$2b\$04\$.{53}$/)
    expect(await hasher.verify('correct horse', hash)).to.equal(true)
    expect(await hasher.verify('wrong horse', hash)).to.equal(false)
    expect(await hasher.hash('correct horse')).not.to.equal(hash)
  })

  it('does not cut a password: over 72 bytes it is an error, and belongs to no hash', async () => {
    const longest = '青'.repeat(24)
    const hash = await hasher.hash(longest)
    expect(await hasher.verify(longest, hash)).to.equal(true)
    expect(await hasher.verify(`${longest}x`, hash)).to.equal(false)
    const failure = await hasher.hash(`${longest}x`).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(RangeError).with.property('message', 'expected a password of at most 72 bytes')
  })

  it('takes as long without a hash, and says no', async () => {
    const slow = new PasswordHasher({ cost: 10, waiting: 50, atOnce: 1 })
    const hash = await slow.hash('password')
    /** The shortest of some times: what else the machine does makes them longer. */
    const shortest = async (given: string | undefined): Promise<number> => {
      const times: number[] = []
      for (let left = 5; left > 0; left -= 1) {
        const startedAt = performance.now()
        expect(await slow.verify('wrong', given)).to.equal(false)
        times.push(performance.now() - startedAt)
      }
      return Math.min(...times)
    }
    // At cost 10 it is some 60 ms; without the work it would be next to nothing.
    expect(await shortest(undefined)).to.be.greaterThan((await shortest(hash)) / 5)
  })

  it('takes as long for a hash of a lower cost, so that it does not tell that there is an account', async () => {
    const slow = new PasswordHasher({ cost: 10, waiting: 50, atOnce: 1 })
    const cheap = await hasher.hash('password')
    const startedAt = performance.now()
    expect(await slow.verify('wrong', cheap)).to.equal(false)
    const cheapMs = performance.now() - startedAt
    const unknownAt = performance.now()
    await slow.verify('wrong', undefined)
    // At cost 4 it is 1 ms, at 10 some 60.
    expect(cheapMs).to.be.greaterThan((performance.now() - unknownAt) / 5)
  })

  it('tells cheap hashes', async () => {
    const dearer = new PasswordHasher({ cost: 5, waiting: 50 })
    const cheap = await hasher.hash('password')
    expect(dearer.isCheap(cheap)).to.equal(true)
    expect(await dearer.findMatch('password', cheap)).to.equal('password')
    expect(hasher.isCheap(cheap)).to.equal(false)
    expect(hasher.isCheap(await dearer.hash('password'))).to.equal(false)
    expect(dearer.isCheap(NO_PASSWORD)).to.equal(false)
  })

  it('finds a password that is kept in NFKC in whichever form it is typed, and one that is not, too', async () => {
    const kept = await hasher.hash('café au lait')
    expect(await hasher.findMatch('cafe\u0301 au lait', kept)).to.equal('café au lait')
    const typed = 'ｐａｓｓｗｏｒｄ'
    expect(await hasher.findMatch(typed, await hasher.hash(typed))).to.equal(typed)
    expect(await hasher.findMatch('password', await hasher.hash(typed))).to.equal(null)
  })

  it('finds no password where there is none', async () => {
    for (const hash of [NO_PASSWORD, '', 'x', undefined]) {
      for (const password of ['', NO_PASSWORD, 'password']) {
        expect(await hasher.verify(password, hash)).to.equal(false)
      }
    }
  })

  it('tells passwords apart behind a NUL', async () => {
    const hash = await hasher.hash('before\0after')
    expect(await hasher.verify('before\0after', hash)).to.equal(true)
    expect(await hasher.verify('before\0other', hash)).to.equal(false)
  })

  it('does as many at once as it may, the others in the order in which they came', async () => {
    const one = new PasswordHasher({ cost: 4, waiting: 50, atOnce: 1 })
    const order: number[] = []
    await Promise.all(Array.from({ length: 6 }, (_, at) => one.hash(`password ${at}`).then(() => order.push(at))))
    expect(order).to.deep.equal([0, 1, 2, 3, 4, 5])
  })

  it('is busy when enough are waiting, and free again when they are done', async () => {
    const small = new PasswordHasher({ cost: 4, waiting: 2, atOnce: 1 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => small.hash('password')))
    const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason)
    expect(reasons).to.have.length(2)
    for (const reason of reasons) {
      expect(reason).to.be.instanceOf(AppError).and.include({ error: 'BUSY', retryAfterSeconds: 1 })
    }
    expect(await small.verify('password', await small.hash('password'))).to.equal(true)
  })

  it('goes on after a failure', async () => {
    const one = new PasswordHasher({ cost: 4, waiting: 2, atOnce: 1 })
    const failures = await Promise.allSettled([one.verify('\0', 'no hash'), one.hash('password')])
    expect(failures[1].status).to.equal('fulfilled')
  })
})
