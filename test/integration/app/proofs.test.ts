import { expect } from 'chai'
import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/sha'
import type { Challenge, Solution } from 'altcha-lib/types'
import type { Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { expectError, expectOk, newMobile, readCaptcha } from './app-fixtures.ts'
import { createBacking, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

const cheap = { cost: 2, maxNumber: 20 }

const encode = (proof: object) => Buffer.from(JSON.stringify(proof)).toString('base64')

describe('proofs of work', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await serve()
  })
  after(() => backing.close())

  const serve = (captcha: AppOptions['captcha'] = {}) => backing.serve({ captcha: { proofOfWork: cheap, ...captcha } })

  async function challenge({ browser }: RunningApp = app): Promise<Challenge> {
    return expectOk(await browser.get('/captcha/challenge'))['challenge'] as Challenge
  }

  async function solve(given: Challenge): Promise<Solution> {
    const solution = await solveChallenge({ challenge: given, deriveKey })
    if (solution === null) throw new Error('expected a solution, came none in time')
    return solution
  }

  async function proofOf(from: RunningApp = app): Promise<{ challenge: Challenge; solution: Solution }> {
    const given = await challenge(from)
    return { challenge: given, solution: await solve(given) }
  }

  const send = (captcha_proof: unknown, { browser }: RunningApp = app): Promise<Answer> =>
    browser.post('/sms_codes', { mobile: newMobile(), captcha_proof })

  const expectRefused = async (proof: unknown, error: string, errmsg: string) => {
    const before = app.sent.length
    expectError(await send(typeof proof === 'string' ? proof : encode(Object(proof))), 400, error, errmsg)
    expect(app.sent).to.have.length(before)
  }
  const wrong = ['CAPTCHA_PROOF_WRONG', '计算验证有误'] as const
  const expired = ['CAPTCHA_PROOF_EXPIRED', '计算验证失效'] as const
  const malformed = ['CAPTCHA_PROOF_FORMAT', '计算验证格式有误'] as const

  it('come from challenges that nobody may keep, and that say how much work they are', async () => {
    const answer = await app.browser.get('/captcha/challenge')
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    const { parameters, signature } = expectOk(answer)['challenge'] as Challenge
    expect(parameters).to.include({ algorithm: 'SHA-256', cost: cheap.cost })
    expect(parameters.data).to.deep.equal({ maxNumber: cheap.maxNumber })
    expect(parameters.expiresAt).to.be.closeTo(Date.now() / 1000 + 300, 5)
    expect(signature).to.match(/^[0-9a-f]{64}$/)
    expect((await challenge()).parameters.nonce).not.to.equal(parameters.nonce)
  })

  it('take at least half of the most tries', async () => {
    for (let round = 0; round < 20; round++) {
      expect((await proofOf()).solution.counter).to.be.within(cheap.maxNumber / 2, cheap.maxNumber)
    }
  })

  it('stand for a picture, in both forms of the request', async () => {
    expectOk(await send(encode(await proofOf())))
    const query = new URLSearchParams({ captcha_proof: encode(await proofOf()) })
    expectOk(await app.browser.get(`/sms_codes/${newMobile()}?${query.toString()}`))
  })

  it('are looked at alone, whatever is said of a picture, which then is not used up', async () => {
    const { id, text } = await readCaptcha(backing, app.browser)
    const request = { mobile: newMobile(), captcha_proof: encode(await proofOf()), image_code: '?', image_code_id: id }
    expectOk(await app.browser.post('/sms_codes', request))
    expectOk(await app.browser.post('/sms_codes', { mobile: newMobile(), image_code: text, image_code_id: id }))
  })

  it('are used once, also by two requests at a time', async () => {
    const proof = encode(await proofOf())
    const answers = await Promise.all([send(proof), send(proof), send(proof)])
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).to.deep.equal([200, 400, 400])
    await expectRefused(proof, ...expired)
  })

  it('are remembered as used for longer than they are valid', async () => {
    const proof = await proofOf()
    expectOk(await send(encode(proof)))
    expect(await backing.inspector.ttl(`pow_${proof.challenge.parameters.nonce}`)).to.be.within(590, 600)
  })

  it('are refused where they solve nothing, and may be tried again', async () => {
    const proof = await proofOf()
    const derivedKey = proof.solution.derivedKey.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
    await expectRefused({ ...proof, solution: { ...proof.solution, derivedKey } }, ...wrong)
    const other = await proofOf()
    await expectRefused({ challenge: proof.challenge, solution: other.solution }, ...wrong)
    expectOk(await send(encode(proof)))
  })

  const changes: [string, (challenge: Challenge) => object][] = [
    ['a longer life', ({ parameters }) => ({ parameters: { ...parameters, expiresAt: 4e9 } })],
    ['another nonce', ({ parameters }) => ({ parameters: { ...parameters, nonce: 'ab'.repeat(16) } })],
    ['another range of numbers', ({ parameters }) => ({ parameters: { ...parameters, data: { maxNumber: 2 } } })],
    ['another cost', ({ parameters }) => ({ parameters: { ...parameters, cost: 1 } })],
    ['another signature', () => ({ signature: 'ab'.repeat(32) })],
  ]
  for (const [what, change] of changes) {
    it(`are refused where their challenge has ${what}`, async () => {
      const { challenge: given, solution } = await proofOf()
      await expectRefused({ challenge: { ...given, ...change(given) }, solution }, ...wrong)
    })
  }

  it('are refused where the challenge was signed with another key', async () => {
    const other = await backing.serve({ captcha: { proofOfWork: cheap }, codeKey: 'another key for codes' })
    await expectRefused(await proofOf(other), ...wrong)
  })

  it('are refused where the challenge was made when it cost something else', async () => {
    const before = await serve({ proofOfWork: { cost: 1, maxNumber: 20 } })
    await expectRefused(await proofOf(before), ...expired)
    const narrow = await serve({ proofOfWork: { cost: 2, maxNumber: 10 } })
    await expectRefused(await proofOf(narrow), ...expired)
  })

  it('are refused when their challenge has expired', async () => {
    const brief = await serve({ ttlSeconds: 1 })
    const proof = await proofOf(brief)
    await eventually(() =>
      expect(Date.now() / 1000).to.be.greaterThan(proof.challenge.parameters.expiresAt ?? Infinity),
    )
    expectError(await send(encode(proof), brief), 400, ...expired)
  })

  const garbage: [string, (proof: { challenge: Challenge; solution: Solution }) => unknown][] = [
    ['no base64', () => '???'],
    ['base64 of no JSON', () => Buffer.from('{').toString('base64')],
    ['JSON of something else', () => Buffer.from('[null]').toString('base64')],
    ['too long', (proof) => encode({ ...proof, solution: { ...proof.solution, more: 'x'.repeat(2000) } })],
    ['without a solution', ({ challenge: given }) => ({ challenge: given })],
    ['with more than that', (proof) => ({ ...proof, more: true })],
    ['with a number that is a text', (proof) => ({ ...proof, solution: { ...proof.solution, counter: '7' } })],
    [
      'whose challenge never expires',
      ({ challenge: { parameters, signature }, solution }) => {
        const { expiresAt, ...others } = parameters
        return { challenge: { parameters: others, signature }, solution, ...(expiresAt === 0 && { expiresAt }) }
      },
    ],
  ]
  for (const [what, make] of garbage) {
    it(`are refused: ${what}`, async () => expectRefused(make(await proofOf()), ...malformed))
  }

  it('are refused: a number, a list', async () => {
    for (const proof of [1, ['abc'], true]) {
      expectError(await send(proof), 400, ...malformed)
    }
  })

  it('count as missing where they are empty', async () => {
    for (const proof of ['', null]) expectError(await send(proof), 400, 'MISSING_PARAMETER', '缺少必传参数')
  })

  it('can be switched off', async () => {
    const off = await serve({ proofOfWork: { cost: 2, maxNumber: null } })
    expectError(await off.browser.get('/captcha/challenge'), 404, 'NOT_FOUND', '请求的资源不存在')
    const answer = await send(encode(await proofOf()), off)
    expectError(answer, 400, 'CAPTCHA_PROOF_OFF', '不支持计算验证，请使用图形验证码')
  })

  it('write neither proof nor mobile to the log', async () => {
    const log = JSON.stringify(app.log)
    expect(log).not.to.include('derivedKey')
    expect(log).not.to.include(app.sent.at(-1)?.mobile ?? '?')
  })
})
