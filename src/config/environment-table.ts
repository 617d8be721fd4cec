import type { Layer } from './merge-layers.ts'
import { layersFrom } from './outside-name.ts'
import type { OutsideName } from './outside-name.ts'
import {
  boolean,
  integer,
  integerOrNone,
  integers,
  json,
  level,
  list,
  listOrNone,
  text,
  textOrNone,
} from './readers.ts'
import type { Reader } from './readers.ts'
import type { SettingPath } from './settings-types.ts'

/** Every environment variable that sets something. (`NODE_ENV` only chooses the file in `config/`.) */
export const environmentTable: readonly OutsideName[] = [
  variable('HOST', 'http.host', text),
  variable('PORT', 'http.port', integer),
  variable('PUBLIC_URL', 'http.publicUrl', text),
  variable('CORS_ORIGINS', 'http.corsOrigins', list),
  variable('TRUSTED_PROXIES', 'http.trustedProxies', listOrNone),
  variable('DATA_DIR', 'dataDir', text),
  variable('REDIS_URL', 'redis.url', text),
  variable('CELERY_BROKER_URL', 'redis.brokerUrl', text),
  variable('CELERY_RESULT_BACKEND', 'redis.resultsUrl', text),
  variable('SESSION_REDIS_URL', 'redis.sessionsUrl', text),
  variable('CODES_REDIS_URL', 'redis.codesUrl', text),
  variable('REDIS_APPENDFSYNC', 'redis.embedded.appendfsync', text),
  variable('DATABASE_URL', 'database.url', text),
  variable('CONCURRENCY', 'worker.concurrency', integer),
  variable('AUTOSCALE', 'worker.autoscale', integers),
  variable('AUTOSCALE_KEEPALIVE', 'worker.autoscaleKeepAliveSeconds', integer),
  variable('LOW_MEMORY', 'worker.lowMemory', boolean),
  variable('LEASE_MS', 'worker.leaseMs', integer),
  variable('SHUTDOWN_TIMEOUT_MS', 'worker.shutdownTimeoutMs', integer),
  variable('PARK_UNKNOWN', 'worker.parkUnknown', boolean),
  variable('VISIBILITY_TIMEOUT_MS', 'worker.visibilityTimeoutMs', integer),
  variable('QUEUE_MAX_LENGTH', 'queue.maxLength', integerOrNone),
  variable('QUEUE_MAX_AGE_SECONDS', 'queue.maxAgeSeconds', integerOrNone),
  variable('ETA_IN', 'queue.etaIn', text),
  variable('ENQUEUE_TIMEOUT_MS', 'queue.enqueueTimeoutMs', integer),
  variable('TASK_EVENTS', 'events.tasks', boolean),
  variable('TASK_SENT_EVENTS', 'events.sent', boolean),
  variable('BEAT', 'beat.withWorker', boolean),
  variable('BEAT_SCHEDULE', 'beat.schedule', json),
  variable('BEAT_TIMEZONE', 'beat.timezone', text),
  variable('DEAD_LETTERS_MAX', 'deadLetters.max', integer),
  variable('SMS_ON_UNCERTAIN', 'sms.onUncertain', text),
  variable('SMS_RATE_LIMIT', 'sms.rateLimit', textOrNone),
  variable('SMS_RESEND_SECONDS', 'codes.resendSeconds', integerOrNone),
  variable('BUDGET_SMS_PER_MOBILE_HOUR', 'budgets.smsPerMobileHour', integerOrNone),
  variable('BUDGET_SMS_PER_MOBILE_DAY', 'budgets.smsPerMobileDay', integerOrNone),
  variable('BUDGET_SMS_PER_ADDRESS_HOUR', 'budgets.smsPerAddressHour', integerOrNone),
  variable('BUDGET_SMS_PER_ADDRESS_DAY', 'budgets.smsPerAddressDay', integerOrNone),
  variable('BUDGET_SMS_PER_MINUTE', 'budgets.smsPerMinute', integerOrNone),
  variable('BUDGET_WRONG_CODES_PER_MOBILE_DAY', 'budgets.wrongCodesPerMobileDay', integerOrNone),
  variable('BUDGET_PICTURES_PER_ADDRESS_MINUTE', 'budgets.picturesPerAddressMinute', integerOrNone),
  variable('BUDGET_COUNTS_PER_ADDRESS_MINUTE', 'budgets.countsPerAddressMinute', integerOrNone),
  variable('BUDGET_LOGINS_PER_ADDRESS_MINUTE', 'budgets.loginsPerAddressMinute', integerOrNone),
  variable('SMS_PUMPING', 'budgets.pumping', textOrNone),
  variable('SMS_PUMPING_CODES', 'budgets.pumpingCodes', integer),
  variable('SMS_PUMPING_UNUSED_PERCENT', 'budgets.pumpingUnusedPercent', integer),
  variable('SMS_PUMPING_SECONDS', 'budgets.pumpingSeconds', integer),
  variable('REVEAL_MOBILES', 'accounts.revealMobiles', boolean),
  variable('BCRYPT_COST', 'accounts.bcryptCost', integer),
  variable('LOGIN_FREE_TRIES', 'accounts.loginDelays.freeTries', integerOrNone),
  variable('LOGIN_FREE_TRIES_PER_ADDRESS', 'accounts.loginDelays.freeTriesPerAddress', integerOrNone),
  variable('PASSWORD_PROFILE', 'accounts.passwordProfile', text),
  variable('AUDIT_DAYS', 'audit.days', integer),
  variable('AUDIT_MAX_ROWS', 'audit.maxRows', integer),
  variable('SMS_GATEWAY', 'sms.gateways', list),
  variable('SMS_CONSOLE_IN_PRODUCTION', 'sms.consoleInProduction', boolean),
  variable('SMS_CONNECT_TIMEOUT_MS', 'sms.connectTimeoutMs', integer),
  variable('SMS_TIMEOUT_MS', 'sms.timeoutMs', integer),
  variable('SMS_BREAKER_FAILURES', 'sms.breaker.failures', integer),
  variable('SMS_BREAKER_OPEN_MS', 'sms.breaker.openMs', integer),
  variable('YUNTONGXUN_BASE_URL', 'sms.yuntongxun.baseUrl', text),
  variable('YUNTONGXUN_ACCOUNT_SID', 'sms.yuntongxun.accountSid', text),
  variable('YUNTONGXUN_AUTH_TOKEN', 'sms.yuntongxun.authToken', text),
  variable('YUNTONGXUN_APP_ID', 'sms.yuntongxun.appId', text),
  variable('YUNTONGXUN_TEMPLATE_ID', 'sms.yuntongxun.templateId', text),
  variable('ALIYUN_BASE_URL', 'sms.aliyun.baseUrl', text),
  variable('ALIYUN_ACCESS_KEY_ID', 'sms.aliyun.accessKeyId', text),
  variable('ALIYUN_ACCESS_KEY_SECRET', 'sms.aliyun.accessKeySecret', text),
  variable('ALIYUN_SIGN_NAME', 'sms.aliyun.signName', text),
  variable('ALIYUN_TEMPLATE_CODE', 'sms.aliyun.templateCode', text),
  variable('ALIYUN_CODE_PARAM', 'sms.aliyun.codeParam', text),
  variable('ALIYUN_MINUTES_PARAM', 'sms.aliyun.minutesParam', textOrNone),
  variable('TENCENT_BASE_URL', 'sms.tencent.baseUrl', text),
  variable('TENCENT_SECRET_ID', 'sms.tencent.secretId', text),
  variable('TENCENT_SECRET_KEY', 'sms.tencent.secretKey', text),
  variable('TENCENT_REGION', 'sms.tencent.region', text),
  variable('TENCENT_SDK_APP_ID', 'sms.tencent.sdkAppId', text),
  variable('TENCENT_SIGN_NAME', 'sms.tencent.signName', text),
  variable('TENCENT_TEMPLATE_ID', 'sms.tencent.templateId', text),
  variable('TENCENT_TEMPLATE_PARAMS', 'sms.tencent.templateParams', list),
  variable('TWILIO_BASE_URL', 'sms.twilio.baseUrl', text),
  variable('TWILIO_ACCOUNT_SID', 'sms.twilio.accountSid', text),
  variable('TWILIO_AUTH_TOKEN', 'sms.twilio.authToken', text),
  variable('TWILIO_FROM', 'sms.twilio.from', text),
  variable('TWILIO_MESSAGING_SERVICE_SID', 'sms.twilio.messagingServiceSid', text),
  variable('TWILIO_TEXT', 'sms.twilio.text', text),
  variable('SMS_WEBHOOK_URL', 'sms.webhook.url', text),
  variable('SMS_WEBHOOK_SECRETS', 'sms.webhook.secrets', list),
  variable('SMS_WEBHOOK_TEXT', 'sms.webhook.text', text),
  variable('LOG_LEVEL', 'log.level', level),
  variable('SESSION_KEYS', 'secrets.sessionKeys', list),
  variable('CODE_KEY', 'secrets.codeKey', text),
]

function variable(name: string, path: SettingPath, read: Reader): OutsideName {
  return { name, source: `${name} in the environment`, path, read }
}

/** What the environment sets. An empty variable counts as unset. */
export function environmentLayers(env: NodeJS.ProcessEnv): Layer[] {
  return layersFrom(environmentTable, Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
}

/** Name of the variable that sets `path`, for messages that say what to set. */
export function variableFor(path: SettingPath): string | undefined {
  return environmentTable.find((row) => row.path === path)?.name
}
