import Joi from 'joi'
import type { Settings } from '../../config/default.ts'
import { isAddressRange, isApiBase, isDatabaseAddress, isOrigin } from './addresses.ts'
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

/** What each setting may be. The type makes it complete: a setting without a node does not compile. */
export const settingNodes: ForEachSetting<Settings, Joi.Schema> = {
  dataDir: text('the path of a folder', /^[^\0]+$/),
  http: {
    host: text('a host name or an IP address', /^[\w.:%-]+$/),
    port: wholeNumber(0, 65_535),
    publicUrl: orNull(address('an address like https://shop.example, with nothing after the host and port', isOrigin)),
    trustedProxies: orNull(
      listOf(proxy, 'addresses, ranges like 10.0.0.0/8, loopback, linklocal or uniquelocal, none twice'),
    ),
    maxBodyBytes: wholeNumber(1, 104_857_600),
    requestTimeoutMs: milliseconds,
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
  captcha: { ttlSeconds: lifeInSeconds },
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
  accounts: { revealMobiles: trueOrFalse(), bcryptCost: wholeNumber(4, 31), hashesWaiting: wholeNumber(0, 1_000_000) },
  // Browsers keep no cookie longer than 400 days.
  session: { rememberedDays: wholeNumber(1, 400), idleHours: wholeNumber(1, 8_760) },
  sms: {
    gateway: oneOf('console', 'yuntongxun'),
    consoleInProduction: trueOrFalse(),
    connectTimeoutMs: milliseconds,
    timeoutMs: milliseconds,
    rateLimit: orNull(
      text('a rate like 10/s, 100/m or 1000/h', /^[1-9]\d{0,5}\/[smh]$/),
      'or null for no limit (`none` in SMS_RATE_LIMIT)',
    ),
    onUncertain: oneOf('fail', 'retry'),
    yuntongxun: {
      baseUrl: address('an https:// address (http:// only on this machine)', isApiBase),
      accountSid: orNull(secretText('the ACCOUNT SID: letters and digits', /^[\w-]+$/)),
      authToken: orNull(secretText('the AUTH TOKEN, without blanks', /^\S+$/)),
      appId: orNull(identifier),
      templateId: identifier,
    },
  },
  log: { level: oneOf('debug', 'info', 'warn', 'error', 'silent') },
  secrets: {
    sessionKeys: orNull(listOf(secretText('', /./s), 'at least one key, none twice or empty')),
    codeKey: orNull(secretText('a key', /./s)),
  },
}

/** The whole schema. Joi makes an object of each group, and refuses names that it does not know. */
export const settingsSchema: Joi.ObjectSchema<Settings> = Joi.object(settingNodes)
