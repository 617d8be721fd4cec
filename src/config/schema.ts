import Joi from 'joi'
import type { Settings } from '../../config/default.ts'
import { isAddressRange, isApiBase, isDatabaseAddress, isExactOrigin, isHostHeader, isOrigin } from './addresses.ts'
import { redisUrlDatabase } from './redis-url-format.ts'
import {
  address,
  checkedText,
  entries,
  listOf,
  oneOf,
  orNull,
  secretText,
  text,
  trueOrFalse,
  wholeNumber,
  wholeNumbers,
} from './schema-nodes.ts'
import type { ForEachSetting } from './settings-types.ts'

const day = { seconds: 86_400, ms: 86_400_000 }

const redisAddress = orNull(
  address(
    'an address like redis://host:6379/0, rediss://host:6379/0, unix:///run/redis.sock?db=0 or redis+sentinel://host:26379,host:26379/service/0',
    (url) => redisUrlDatabase(url) !== undefined,
  ),
)
const databaseNumber = wholeNumber(0, 999_999_999)
/** Waiting for nothing at all is never meant, except where the way to end is to give up at once. */
const milliseconds = wholeNumber(1, day.ms)
const millisecondsOrNone = wholeNumber(0, day.ms)
const lifeInSeconds = wholeNumber(1, day.seconds)
const secondsOrNone = orNull(wholeNumber(1, 365 * day.seconds))
/** What counts for a budget is kept as an entry each. */
const budget = orNull(wholeNumber(1, 100_000), 'or null for no limit (`none` in its variable)')
const proxy = checkedText('', (text) => ['loopback', 'linklocal', 'uniquelocal'].includes(text) || isAddressRange(text))
const queueNames = listOf(text('', /^[^\s,\p{Cc}]+$/u), 'at least one queue name, none twice, without blanks')
const taskPlaces = listOf(text('', /^[^\0,]+$/), 'at least one folder or module, none twice')
const identifier = text('letters, digits, - or _', /^[\w-]+$/)
const hostName = text('a host name or an IP address', /^[\w.:%-]+$/)
const portNumber = wholeNumber(0, 65_535)
const digits = text('1 to 20 digits', /^\d{1,20}$/)
const apiBase = address('an https:// address (http:// only on this machine)', isApiBase)
const signName = text('a sign name of 1 to 64 letters and digits', /^[\p{L}\p{N}（）()·_. -]{1,64}$/u)
const templateVariable = text("the name of a template's variable", /^\w{1,64}$/)
const smsText = text('a text of at most 300 characters with {code} in it', /^(?=.{1,300}$)[^]*\{code\}/s)

/** What each setting may be. The type makes it complete: a setting without a node does not compile. */
export const settingNodes: ForEachSetting<Settings, Joi.Schema> = {
  dataDir: text('the path of a folder', /^[^\0]+$/),
  http: {
    host: hostName,
    port: portNumber,
    publicUrl: orNull(address('an address like https://shop.example, with nothing after the host and port', isOrigin)),
    corsOrigins: orNull(
      listOf(
        address('', isExactOrigin),
        'at least one address like https://www.shop.example, none twice, with nothing after the host and port',
      ),
    ),
    trustedProxies: orNull(
      listOf(proxy, 'addresses, ranges like 10.0.0.0/8, loopback, linklocal or uniquelocal, none twice'),
    ),
    maxBodyBytes: wholeNumber(1, 104_857_600),
    maxUrlBytes: wholeNumber(1, 1_048_576),
    // Less than this a browser's own headers would not pass.
    maxHeaderBytes: wholeNumber(1_024, 1_048_576),
    maxHeaders: wholeNumber(1, 10_000),
    headersTimeoutMs: milliseconds,
    requestTimeoutMs: milliseconds,
    keepAliveTimeoutMs: milliseconds,
    answerTimeoutMs: milliseconds,
    maxConnections: wholeNumber(1, 1_000_000),
    requestsAtOnce: wholeNumber(1, 1_000_000),
    redisWaitMs: milliseconds,
  },
  redis: {
    url: redisAddress,
    brokerUrl: redisAddress,
    resultsUrl: redisAddress,
    sessionsUrl: redisAddress,
    codesUrl: redisAddress,
    databases: { sessions: databaseNumber, codes: databaseNumber, broker: databaseNumber },
    commandTimeoutMs: milliseconds,
    connectTimeoutMs: milliseconds,
    startTimeoutMs: milliseconds,
    embedded: { appendfsync: oneOf('always', 'everysec', 'no') },
  },
  database: {
    url: orNull(address('sqlite:<file> or an address like postgres://host/name', isDatabaseAddress)),
  },
  worker: {
    concurrency: orNull(wholeNumber(1, 10_000)),
    autoscale: orNull(wholeNumbers(2, 1, 10_000, 'the most and the least tasks at once, as in 10,3')),
    autoscaleKeepAliveSeconds: wholeNumber(1, day.seconds),
    pool: oneOf('threads', 'async', 'solo'),
    otherPools: { threads: orNull(wholeNumber(1, 10_000)), async: wholeNumber(1, 10_000) },
    softTimeLimit: secondsOrNone,
    timeLimit: secondsOrNone,
    maxTasksPerChild: orNull(wholeNumber(1, 1_000_000_000)),
    maxMemoryPerChild: orNull(wholeNumber(8_192, 1_073_741_824)),
    lowMemory: trueOrFalse(),
    maxCrashes: wholeNumber(1, 1_000),
    maxBytesHeld: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    prefetchMultiplier: orNull(wholeNumber(1, 256)),
    queues: queueNames,
    excludeQueues: orNull(queueNames),
    tasks: taskPlaces,
    include: orNull(taskPlaces),
    node: orNull(text('a name of at most 255 letters, digits, ., _, - or @', /^[\w.@-]{1,255}$/)),
    leaseMs: wholeNumber(100, day.ms),
    visibilityTimeoutMs: wholeNumber(1_000, 365 * day.ms),
    parkUnknown: trueOrFalse(),
    shutdownTimeoutMs: millisecondsOrNone,
    httpDrainMs: millisecondsOrNone,
  },
  queue: {
    maxLength: orNull(wholeNumber(1, 1_000_000_000), 'or null for no limit (`none` in QUEUE_MAX_LENGTH)'),
    maxAgeSeconds: orNull(lifeInSeconds),
    enqueueTimeoutMs: milliseconds,
    etaIn: oneOf('schedule', 'message'),
  },
  results: { ttlSeconds: wholeNumber(1, 365 * day.seconds), maxBytes: wholeNumber(1, 536_870_912) },
  events: { tasks: trueOrFalse(), sent: trueOrFalse() },
  beat: {
    withWorker: trueOrFalse(),
    schedule: orNull(entries('periodic tasks by their names, { "<name>": { "task": ..., "schedule": ... } }')),
    timezone: text('the name of a time zone, such as UTC or Europe/Berlin', /^[A-Za-z][\w+/-]*$/),
    missed: oneOf('skip', 'once', 'all'),
    lateSeconds: wholeNumber(1, day.seconds),
    maxMissed: wholeNumber(1, 1_000),
  },
  revocations: { max: wholeNumber(1, 10_000_000), days: wholeNumber(1, 3_650) },
  deadLetters: { max: wholeNumber(1, 10_000_000), days: wholeNumber(1, 3_650) },
  records: {
    max: orNull(wholeNumber(1, 10_000_000), 'or null for no records (`none` in RECORDS_MAX)'),
    maxBytes: wholeNumber(1_048_576, Number.MAX_SAFE_INTEGER),
    days: wholeNumber(1, 3_650),
    perSecond: wholeNumber(1, 10_000),
  },
  captcha: {
    ttlSeconds: lifeInSeconds,
    picturesWaiting: wholeNumber(1, 100_000),
    pictureTimeoutMs: wholeNumber(100, 600_000),
    proofOfWork: { cost: wholeNumber(1, 100_000), maxNumber: orNull(wholeNumber(2, 100_000_000)) },
  },
  codes: {
    ttlSeconds: lifeInSeconds,
    tries: wholeNumber(1, 1_000),
    resendSeconds: orNull(lifeInSeconds, 'or null for no limit (`none` in SMS_RESEND_SECONDS)'),
  },
  budgets: {
    smsPerMobileHour: budget,
    smsPerMobileDay: budget,
    smsPerAddressHour: budget,
    smsPerAddressDay: budget,
    smsPerMinute: budget,
    wrongCodesPerMobileDay: budget,
    picturesPerAddressMinute: budget,
    countsPerAddressMinute: budget,
    loginsPerAddressMinute: budget,
    pumping: orNull(oneOf('record', 'deny'), 'or null for neither (`none` in SMS_PUMPING)'),
    pumpingCodes: wholeNumber(5, 1_000),
    pumpingUnusedPercent: wholeNumber(1, 99),
    pumpingSeconds: lifeInSeconds,
  },
  accounts: {
    revealMobiles: trueOrFalse(),
    bcryptCost: wholeNumber(4, 31),
    hashesWaiting: wholeNumber(0, 1_000_000),
    passwordProfile: oneOf('compat', 'strict'),
    loginDelays: {
      freeTries: orNull(wholeNumber(1, 1_000), 'or null for no delays (`none` in LOGIN_FREE_TRIES)'),
      freeTriesPerAddress: orNull(
        wholeNumber(1, 1_000_000),
        'or null for no delays (`none` in LOGIN_FREE_TRIES_PER_ADDRESS)',
      ),
      firstSeconds: lifeInSeconds,
      longestSeconds: lifeInSeconds,
      forgetSeconds: lifeInSeconds,
      forgetPerAddressSeconds: lifeInSeconds,
    },
  },
  audit: { days: wholeNumber(1, 3_650), maxRows: wholeNumber(1_000, 100_000_000) },
  session: {
    // Browsers keep no cookie longer than 400 days.
    rememberedDays: wholeNumber(1, 400),
    rememberedIdleDays: orNull(wholeNumber(1, 400)),
    absoluteDays: wholeNumber(1, 400),
    idleHours: wholeNumber(1, 8_760),
    perAccount: wholeNumber(1, 1_000),
  },
  sms: {
    gateways: listOf(
      oneOf('console', 'yuntongxun', 'aliyun', 'tencent', 'twilio', 'webhook'),
      'console, yuntongxun, aliyun, tencent, twilio or webhook, or several of them, none twice',
    ),
    consoleInProduction: trueOrFalse(),
    connectTimeoutMs: milliseconds,
    timeoutMs: milliseconds,
    rateLimit: orNull(
      text('a rate like 10/s, 100/m or 1000/h', /^[1-9]\d{0,5}\/[smh]$/),
      'or null for no limit (`none` in SMS_RATE_LIMIT)',
    ),
    onUncertain: oneOf('fail', 'retry'),
    breaker: { failures: wholeNumber(1, 1_000), openMs: wholeNumber(1, 300_000) },
    yuntongxun: {
      baseUrl: apiBase,
      accountSid: orNull(secretText('the ACCOUNT SID: letters and digits', /^[\w-]+$/)),
      authToken: orNull(secretText('the AUTH TOKEN, without blanks', /^\S+$/)),
      appId: orNull(identifier),
      templateId: identifier,
    },
    aliyun: {
      baseUrl: apiBase,
      accessKeyId: orNull(secretText('the AccessKey ID: letters and digits', /^[\w.-]{1,128}$/)),
      accessKeySecret: orNull(secretText('the AccessKey secret, without blanks', /^[!-~]{1,128}$/)),
      signName: orNull(signName),
      templateCode: orNull(text('the code of a template, such as SMS_123456789', /^\w{1,64}$/)),
      codeParam: templateVariable,
      minutesParam: orNull(templateVariable, 'or null for none (`none` in ALIYUN_MINUTES_PARAM)'),
    },
    tencent: {
      baseUrl: apiBase,
      secretId: orNull(secretText('the SecretId: letters and digits', /^\w{1,128}$/)),
      secretKey: orNull(secretText('the SecretKey, without blanks', /^[!-~]{1,128}$/)),
      region: text('a region such as ap-guangzhou', /^[a-z\d-]{1,40}$/),
      sdkAppId: orNull(digits),
      signName: orNull(signName),
      templateId: orNull(digits),
      templateParams: listOf(oneOf('code', 'minutes'), 'code, minutes or both, in the order of the template'),
    },
    twilio: {
      baseUrl: apiBase,
      accountSid: orNull(secretText('the account SID: AC and 32 hexadecimal digits', /^AC[\da-f]{32}$/i)),
      authToken: orNull(secretText('the auth token, without blanks', /^[!-~]{1,128}$/)),
      from: orNull(
        text(
          'a number like +15551234567, or a name of at most 11 characters',
          /^(?:\+\d{5,15}|(?=.*[a-z])[\w +&-]{1,11})$/i,
        ),
      ),
      messagingServiceSid: orNull(text('MG and 32 hexadecimal digits', /^MG[\da-f]{32}$/i)),
      text: smsText,
    },
    webhook: {
      url: orNull(apiBase),
      secrets: orNull(
        listOf(
          secretText('', /^whsec_[A-Za-z\d+/]{32,86}={0,2}$/),
          'secrets of whsec_ and 24 to 64 bytes in base64, none twice',
        ),
      ),
      text: smsText,
    },
  },
  monitor: {
    enabled: trueOrFalse(),
    token: orNull(secretText('at least 32 letters, digits or other visible characters', /^[!-~]{32,256}$/)),
    hosts: orNull(
      listOf(
        checkedText('', isHostHeader),
        'names like monitor.example or 10.0.0.5:3000, none twice, with nothing before or after the host and port',
      ),
    ),
    sessionHours: wholeNumber(1, 24 * 30),
    historyHours: wholeNumber(1, 24 * 7),
  },
  metrics: { port: orNull(portNumber), host: hostName },
  log: { level: oneOf('debug', 'info', 'warn', 'error', 'silent') },
  secrets: {
    sessionKeys: orNull(listOf(secretText('', /./s), 'at least one key, none twice or empty')),
    codeKey: orNull(secretText('a key', /./s)),
  },
}

/** The whole schema. Joi makes an object of each group, and refuses names that it does not know. */
export const settingsSchema: Joi.ObjectSchema<Settings> = Joi.object(settingNodes)
