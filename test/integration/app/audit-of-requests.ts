import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { expectOk, getCode, newMobile, readCaptcha, registrationOf, wrongCode } from './app-fixtures.ts'
import { FIREFOX, masked, type AuditLab, type Told } from './audit-lab.ts'

/** SMS, captchas, and what is refused. */
export function describeRequests(lab: AuditLab): void {
  const { serve, written, expectTold, browserOf, account, of } = lab

  describe('tells of SMS and captchas:', () => {
    const route = 'POST /sms_codes'

    it('a code is made, for what and for whom', async () => {
      const mobile = newMobile()
      const captcha = async () => {
        const { id, text } = await readCaptcha(lab.backing, browserOf())
        return { image_code_id: id, image_code: text }
      }
      for (const purpose of ['register', 'reset'] as const) {
        const fields = { mobile, purpose, ...(await captcha()) }
        const told: Told = { event: 'authn_token_created', reason: purpose, route, mobile: masked(mobile) }
        await expectTold(() => browserOf().post('/sms_codes', fields), told)
      }
      const user = await account()
      const fields = { mobile, purpose: 'mobile', ...(await captcha()) }
      await expectTold(() => user.browser.post('/sms_codes', fields), {
        event: 'authn_token_created',
        reason: 'mobile',
        ...of(user),
        mobile: masked(mobile),
      })
    })

    it('a captcha is wrong, used or malformed, or a proof is, or the purpose', async () => {
      const { id } = await readCaptcha(lab.backing, browserOf())
      const image_code = '0000'
      const mobile = newMobile()
      const post = (fields: object) => browserOf().post('/sms_codes', { mobile, ...fields })
      const refused = (reason: string, of?: string): Told => ({
        event: 'input_validation_fail',
        route,
        reason,
        ...(of !== undefined && { mobile: masked(of) }),
      })
      await expectTold(() => post({ image_code, image_code_id: id }), refused('CAPTCHA_WRONG', mobile))
      await expectTold(() => post({ image_code, image_code_id: id }), refused('CAPTCHA_EXPIRED', mobile))
      await expectTold(() => post({ image_code: '?', image_code_id: id }), refused('CAPTCHA_FORMAT'))
      await expectTold(() => post({ captcha_proof: 'x' }), refused('CAPTCHA_PROOF_FORMAT', mobile))
      const { challenge } = expectOk(await browserOf().get('/captcha/challenge')) as { challenge: object }
      const proof = { challenge, solution: { counter: 0, derivedKey: 'ab'.repeat(32) } }
      const captcha_proof = Buffer.from(JSON.stringify(proof)).toString('base64')
      await expectTold(() => post({ captcha_proof }), refused('CAPTCHA_PROOF_WRONG', mobile))
      await expectTold(() => post({ image_code, image_code_id: id, purpose: 'fun' }), {
        event: 'input_validation_discrete_fail',
        reason: 'PURPOSE_UNKNOWN',
        route,
      })
    })

    it('a mobile asks too soon, or has spent its wrong codes, and what counts and pictures are too many', async () => {
      const limited = await serve({
        codes: {},
        budgets: { wrongCodesPerMobileDay: 1, picturesPerAddressMinute: 1, countsPerAddressMinute: 1 },
      })
      const form = registrationOf()
      const browser = browserOf(limited)
      form.sms_code = await getCode(lab.backing, { ...limited, browser }, form.mobile)
      const limit = (reason: string, route: string, mobile: string | null): Told => ({
        event: 'excess_rate_limit_exceeded',
        reason,
        route,
        mobile,
      })
      const { id, text } = await readCaptcha(lab.backing, browserOf())
      const again = { mobile: form.mobile, image_code_id: id, image_code: text }
      await expectTold(
        () => browser.post('/sms_codes', again),
        limit('SMS_TOO_FREQUENT: resend', route, masked(form.mobile)),
      )
      await browser.post('/register', { ...form, sms_code: wrongCode(form.sms_code) })
      await expectTold(
        () => browser.post('/register', form),
        limit('TOO_MANY_REQUESTS: wrongCodes', 'POST /register', masked(form.mobile)),
      )
      await expectTold(
        () => browser.get(`/image_codes/${randomUUID()}`),
        limit('TOO_MANY_REQUESTS: pictures', 'GET /image_codes/:uuid', null),
      )
      await browser.get('/usernames/somebody/count')
      await expectTold(
        () => browser.get(`/mobiles/${newMobile()}/count`),
        limit('TOO_MANY_REQUESTS: counts', 'GET /mobiles/:mobile/count', null),
      )
    })

    it('the guard against SMS pumping refuses', async () => {
      const guarded = await serve({ budgets: { pumping: 'deny', pumpingCodes: 5 } })
      const mobileOf = (index: number): string => `1770000000${index}`
      // From addresses that have nothing to do with each other, nor with those of the other tests.
      const ask = async (index: number) => {
        const { id, text } = await readCaptcha(lab.backing, browserOf())
        const form = { mobile: mobileOf(index), image_code_id: id, image_code: text }
        return browserOf(guarded).post('/sms_codes', form, { headers: { 'X-Forwarded-For': `198.51.${index}.1` } })
      }
      for (let index = 0; index < 5; index++) expectOk(await ask(index))
      await expectTold(() => ask(5), {
        event: 'excess_rate_limit_exceeded',
        reason: 'SMS_TOO_FREQUENT: pumpingPrefix',
        route,
        address: '198.51.5.1',
        mobile: masked(mobileOf(5)),
      })
    })
  })

  describe('tells of requests:', () => {
    const foreign = { headers: { 'Sec-Fetch-Site': 'cross-site' } }

    it('those of other sites, by the pattern of their route, whatever stands in the address', async () => {
      const told = { event: 'malicious_cors', reason: 'FOREIGN_SITE' } as const
      await expectTold(() => browserOf().post('/login', {}, foreign), { ...told, route: 'POST /login' })
      const mobile = newMobile()
      await expectTold(() => browserOf().get(`/sms_codes/${mobile}?image_code=ABCD`, foreign), {
        ...told,
        route: 'GET /sms_codes/:mobile',
      })
      await expectTold(() => browserOf().delete(`/sessions/${mobile}`, foreign), {
        ...told,
        route: 'DELETE /sessions/:id',
      })
      await expectTold(() => browserOf().post(`/nowhere/${mobile}`, {}, foreign), { ...told, route: 'POST (none)' })
    })

    it('those that can not be read', async () => {
      const headers = { 'Content-Type': 'application/json' }
      await expectTold(() => browserOf().request('POST', '/login', { body: '{', headers }), {
        event: 'input_validation_fail',
        reason: 'NOT_JSON',
        route: 'POST /login',
      })
    })

    it('but not what everybody gets wrong, nor what is asked and answered', async () => {
      for (const path of ['/nowhere', '/usernames/somebody/count', '/openapi.json', `/image_codes/${randomUUID()}`]) {
        await expectTold(() => browserOf().get(path))
      }
      await expectTold(() => browserOf().request('DELETE', '/login'))
    })

    it('those of the client behind a proxy, with its browser', async () => {
      const headers = { 'X-Forwarded-For': '2001:DB8::7', 'User-Agent': `${FIREFOX} 13812345678` }
      const [entry] = await written(() => browserOf().post('/login', { username: 'x', password: 'y' }, { headers }))
      expect(entry).to.include({ address: '2001:db8::7', userAgent: 'Firefox 140, Linux' })
      const named = { headers: { 'User-Agent': '13812345678/1.0' } }
      const [other] = await written(() => browserOf().post('/login', { username: 'x', password: 'y' }, named))
      expect(other).to.include({ userAgent: '138****5678/1.0' })
    })

    it('a flood of them by few entries', async () => {
      const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
      const attempt = (address: string) =>
        browserOf().post('/login', { username: 'nobody_here', password: 'guess_again' }, from(address))
      const entries = await written(async () => {
        for (let times = 0; times < 30; times++) await attempt('192.0.2.1')
        for (let host = 1; host <= 10; host++) await attempt(`2001:db8:1:2::${host}`)
        await attempt('192.0.2.2')
      })
      const shown = entries.map(({ address, times }) => `${address} ${times}`)
      expect(shown).to.have.members([
        '192.0.2.1 1',
        '192.0.2.1 29',
        '2001:db8:1:2::1 1',
        '2001:db8:1:2::2 9',
        '192.0.2.2 1',
      ])
      const repeated = entries.find(({ times }) => times === 29)
      expect(repeated?.lastAt?.getTime()).to.be.at.least(repeated?.at.getTime() ?? Infinity)
    })
  })
}
