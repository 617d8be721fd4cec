import { createHmac } from 'node:crypto'
import type { SmsSettings } from '../../src/sms/gateway.ts'
import { FakeProvider, type FakeRequest, type Verdict } from './fake-provider.ts'

/** What the receiver knows. */
export const webhookSecret = `whsec_${Buffer.from('a secret of the receiver, 32 byte').toString('base64')}`

/** An endpoint of a user's own that follows Standard Webhooks, and sends each id once. */
export function startFakeWebhook(): Promise<FakeProvider> {
  return FakeProvider.start(judge)
}

export function webhookSettings({ baseUrl }: FakeProvider): SmsSettings['webhook'] {
  return { url: `${baseUrl}/sms`, secrets: [webhookSecret], text: '{code} ({minutes})' }
}

function judge({ method, url, headers, body }: FakeRequest): Verdict {
  const fault = (why: string, status: number): Verdict => ({ fault: why, answer: { status, body: { reason: why } } })
  if (method !== 'POST' || url.pathname !== '/sms') return fault('path', 404)
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (!/^[\w-]+$/.test(id) || headers['idempotency-key'] !== id) return fault('id', 400)
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return fault('time', 401)
  const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  if (!(headers['webhook-signature'] ?? '').split(' ').includes(`v1,${signature}`)) return fault('signature', 401)
  const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> }
  if (type !== 'sms.code' || data['valid_minutes'] !== 5) return fault('type', 400)
  const sms = { to: String(data['mobile']), code: String(data['code']) }
  if (data['text'] !== `${sms.code} (5)`) return fault('text', 400)
  return { sms, key: id, accepted: { status: 202, body: {} } }
}
