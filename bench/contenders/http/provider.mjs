import { fileURLToPath } from 'node:url'

/** @typedef {import('../../harness/types.ts').Run} Run */

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** The account that the provider knows. */
const ACCOUNT = {
  accountSid: '8a48b5514f49079e014f5b8a1d2f0000',
  authToken: '0123456789abcdef0123456789abcdef',
  appId: '8a48b5514f49079e014f5b8a1d2f0001',
  templateId: '1',
}

/**
 * Starts an SMS provider on this machine.
 *
 * @param {Run} run @param {{ answers: boolean }} behaviour `answers`: at once; else never
 */
export async function startProvider({ processes }, behaviour) {
  // It is written in TypeScript.
  const command = [process.execPath, '--import', 'tsx', `${HERE}gateway.mjs`, JSON.stringify(behaviour)]
  const provider = processes.start(command, { cwd: HERE })
  const baseUrl = await provider.said(/^http:/)
  return {
    /** What a gateway of Lovage's needs to send here, as settings and as environment. */
    settings: {
      gateways: ['yuntongxun'],
      connectTimeoutMs: 3_000,
      timeoutMs: 10_000,
      yuntongxun: { baseUrl, ...ACCOUNT },
    },
    env: {
      SMS_GATEWAY: 'yuntongxun',
      YUNTONGXUN_BASE_URL: baseUrl,
      YUNTONGXUN_ACCOUNT_SID: ACCOUNT.accountSid,
      YUNTONGXUN_AUTH_TOKEN: ACCOUNT.authToken,
      YUNTONGXUN_APP_ID: ACCOUNT.appId,
    },
    /** Throws where it was not asked, or not in the way that the provider asks for. */
    check: async () => {
      provider.tell('how many')
      const { sent, faults, requests } = JSON.parse(await provider.said(/^\{/))
      if (faults > 0 || requests === 0 || (behaviour.answers && sent === 0)) {
        throw new Error(`the provider got ${requests} requests, refused ${faults} and sent ${sent} messages`)
      }
    },
  }
}
