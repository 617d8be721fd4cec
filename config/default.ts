import type { GivenEntries } from '../src/engine/beat/entry.ts'

/** Names of the SMS gateways. */
type GatewayName = 'console' | 'yuntongxun' | 'aliyun' | 'tencent' | 'twilio' | 'webhook'

/**
 * Every setting of Lovage, with its default, its unit and a line of comment.
 *
 * `config/<NODE_ENV>.ts` holds what differs per environment; environment variables win over both, and command-line
 * options win over those. `null` means "not set"; each comment says what happens then.
 */
export const defaults = {
  /** Folder for what the process keeps: the SQLite file, the embedded Redis, development secrets. Relative to the working folder. */
  dataDir: './data',

  http: {
    /** Address to listen on. */
    host: '127.0.0.1',
    /** TCP port, 0 to 65535; 0 lets the system choose. */
    port: 3000,
    /** Address under which browsers reach the service, for example `https://shop.example`. https makes cookies Secure. */
    publicUrl: null as string | null,
    /** Other sites whose pages may use the service from browsers: exact origins such as `https://www.shop.example`. null: none. */
    corsOrigins: null as string[] | null,
    /**
     * Proxies whose `X-Forwarded-For` counts: addresses, ranges as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. null: none; the
     * client is whoever connects.
     */
    trustedProxies: null as readonly string[] | null,
    /** Largest request body, in bytes. */
    maxBodyBytes: 16_384,
    /** Longest address of a request, path and query, in bytes. */
    maxUrlBytes: 2_048,
    /** Most bytes of a request's address and headers together. */
    maxHeaderBytes: 16_384,
    /** Most headers of a request. */
    maxHeaders: 100,
    /** How long the headers of a request may take to arrive, in milliseconds; no more than `requestTimeoutMs`. */
    headersTimeoutMs: 10_000,
    /** How long a request may take to arrive in full, in milliseconds; no more than `answerTimeoutMs`. */
    requestTimeoutMs: 15_000,
    /** How long a connection is kept for another request, in milliseconds. Behind a proxy: longer than the proxy keeps it. */
    keepAliveTimeoutMs: 5_000,
    /** How long a request may take until it is answered, its arrival included, in milliseconds; then the answer is 503. */
    answerTimeoutMs: 20_000,
    /** Most connections at once; others are closed at once. */
    maxConnections: 5_000,
    /** Most requests that are worked on at once; beyond it the answer is 503. One whose body is still arriving is not counted. */
    requestsAtOnce: 1_000,
    /** How long one request may wait for Redis in all, in milliseconds; then the answer is 503. */
    redisWaitMs: 1_500,
  },

  redis: {
    /** `redis://`, `rediss://`, `unix://` or `redis+sentinel://`. null: Lovage runs an embedded Redis of its own under `dataDir`. */
    url: null as string | null,
    /** Broker's Redis, where it is not `url`. */
    brokerUrl: null as string | null,
    /** Result backend's Redis, where it is not the broker's. Without a database number: `databases.broker`. */
    resultsUrl: null as string | null,
    /** Sessions' Redis, where it is not `url`. */
    sessionsUrl: null as string | null,
    /** Redis for captchas, codes and budgets, where it is not `url`. */
    codesUrl: null as string | null,
    /** Database numbers, where a URL does not name one. */
    databases: { sessions: 1, codes: 2, broker: 10 },
    /** How long one command may take before it counts as failed, in milliseconds. */
    commandTimeoutMs: 2_000,
    /** How long Redis may take to accept a connection, and again to answer the first time, in milliseconds. */
    connectTimeoutMs: 1_500,
    /** How long the start waits for Redis to answer, in milliseconds. */
    startTimeoutMs: 60_000,
    embedded: {
      /** When the embedded Redis writes its log to disk: `always` loses nothing acknowledged, `everysec` up to 2 s. */
      appendfsync: 'always' as 'always' | 'everysec' | 'no',
    },
  },

  database: {
    /** `sqlite:<file>`, `postgres://` or `postgresql://`. null: the file `lovage.sqlite` under `dataDir`. */
    url: null as string | null,
  },

  worker: {
    /** How many tasks run at once, 1 to 10000. null: four per processor; one in the solo pool, which takes no other. */
    concurrency: null as number | null,
    /**
     * How many tasks run at once at most and at least, as the load is, in place of `concurrency`: `[10, 3]`; the least is 1 where it is
     * not given. null: as `concurrency` says.
     */
    autoscale: null as number[] | null,
    /** How long more tasks at once must not have been needed before `autoscale` takes that many away, in seconds. */
    autoscaleKeepAliveSeconds: 30,
    /** `threads`: one task per thread. `async`: many tasks on a few threads. `solo`: one, in the main thread. */
    pool: 'threads' as 'threads' | 'async' | 'solo',
    /** How many tasks run at once in the other pool, where a task names it. threads null: four per processor. */
    otherPools: { threads: null as number | null, async: 100 },
    /** Limits of tasks that have none of their own, in seconds: the soft one tells the task, the hard one ends its thread. null: none. */
    softTimeLimit: null as number | null,
    timeLimit: null as number | null,
    /** After so many tasks a thread is replaced. null: never. */
    maxTasksPerChild: null as number | null,
    /** Heap of a thread in KiB: over three quarters of it after a task the thread is replaced, over it the thread ends. null: Node's own bound. */
    maxMemoryPerChild: null as number | null,
    /** Collects garbage more often: about half of the memory, for about a quarter of the greatest rate of tasks. */
    lowMemory: false,
    /** How often a task may end its thread before it is set aside. */
    maxCrashes: 3,
    /** Most bytes of messages that the worker holds at once; the message that crosses this is still taken. */
    maxBytesHeld: 67_108_864,
    /** Most messages of short tasks that are claimed for each task that runs at once, 1 to 256. null: 256. Others are never claimed ahead. */
    prefetchMultiplier: null as number | null,
    /** Queues to take tasks from. */
    queues: ['celery'],
    /** Those of them to take no tasks from. null: none. */
    excludeQueues: null as string[] | null,
    /** Folders or modules with task files. */
    tasks: ['tasks/sms'],
    /** More of them, beside `tasks`. null: none. */
    include: null as string[] | null,
    /** Name of this node: letters, digits, `.`, `_`, `-`, `@`. null: the machine's host name, others replaced by `-`. */
    node: null as string | null,
    /** How long a process's claims are kept for it without a sign of life, in milliseconds. */
    leaseMs: 30_000,
    /** After this, what a Celery worker on this broker had claimed and not finished is run again, in milliseconds: kombu's default. */
    visibilityTimeoutMs: 3_600_000,
    /** Sets messages aside whose task no file here defines, until a process knows it. false: leaves them on their queues for others. */
    parkUnknown: true,
    /** How long running tasks may go on after SIGTERM, in milliseconds. */
    shutdownTimeoutMs: 30_000,
    /** How long the service's requests in flight may go on after SIGTERM, in milliseconds. */
    httpDrainMs: 5_000,
  },

  queue: {
    /** Most messages on a queue, scheduled ones included: beyond it sending is refused. null: no limit. */
    maxLength: 1_000_000 as number | null,
    /** Greatest age of a queue's oldest message, in seconds: beyond it sending is refused. null: no limit. */
    maxAgeSeconds: null as number | null,
    /** How long sending a task goes on while the broker answers nobody, in milliseconds. */
    enqueueTimeoutMs: 1_500,
    /**
     * Where a message with an eta goes from a process whose own worker takes from its queue: `schedule`, Lovage's own; `message`, its queue, as
     * Celery sends it. From any other it goes to its queue.
     */
    etaIn: 'schedule' as 'schedule' | 'message',
  },

  results: {
    /** How long a task's result is kept, in seconds. */
    ttlSeconds: 86_400,
    /** Largest result, in bytes of JSON: a task that returns more fails. */
    maxBytes: 1_048_576,
  },

  /** What Celery's monitors are told, beside a heartbeat of every worker each two seconds. */
  events: {
    /** What becomes of each task that the worker takes: Celery's `worker_send_task_events`, `-E`. Monitors can switch it. */
    tasks: false,
    /** Each task that this process sends: Celery's `task_send_sent_event`. */
    sent: false,
  },

  /** Periodic tasks ([docs/beat.md](../docs/beat.md)). They are sent by whichever process runs the scheduler: `lovage beat`, or one with `-B`. */
  beat: {
    /** Runs the scheduler within `serve` or `worker`, `-B`. Any number of processes may: each tick is sent once. */
    withWorker: false,
    /**
     * The periodic tasks by their names, Celery's `beat_schedule`. BEAT_SCHEDULE adds to them, as JSON. null: none. For example
     *
     *     'clean up': { task: 'shop.clean_up', schedule: { every: 3600 } },
     *     'report on workdays': {
     *       task: 'shop.report',
     *       schedule: { minute: 30, hour: 7, dayOfWeek: 'mon-fri', timezone: 'Europe/Berlin' },
     *       args: ['daily'],
     *       options: { queue: 'reports', expiresInSeconds: 3600 },
     *       missed: 'skip',
     *     },
     *     'every five minutes': { task: 'shop.look', schedule: '*\/5 * * * *' },
     */
    schedule: null as GivenEntries | null,
    /** For crontabs that name no time zone: a name of the IANA's data base, such as `Europe/Berlin`. */
    timezone: 'UTC',
    /** What becomes of ticks that nobody sent in time: `skip` sends none of them, `once` one for all, `all` each. An entry may say otherwise. */
    missed: 'once' as 'skip' | 'once' | 'all',
    /** A tick that is late by more than this counts as missed, in seconds. */
    lateSeconds: 60,
    /** Most missed ticks of an entry that `all` sends at once; the newest are sent. */
    maxMissed: 100,
  },

  revocations: {
    /** How many revoked tasks are remembered. The oldest goes first. */
    max: 50_000,
    /** How long they are remembered, in days. */
    days: 30,
  },

  deadLetters: {
    /** How many dead letters, unknown or unreadable messages are kept, each. The oldest goes first. */
    max: 10_000,
    /** How long they are kept, in days. */
    days: 30,
  },

  /** What becomes of each task, for the dashboard: kept in Redis, by all processes together ([docs/dashboard.md](../docs/dashboard.md)). */
  records: {
    /** How many tasks are kept. The oldest goes first. null: none are recorded. */
    max: 100_000 as number | null,
    /** Most of Redis' memory that they take, about, in bytes. */
    maxBytes: 134_217_728,
    /** How long they are kept, in days. */
    days: 7,
    /** How many runs a process records in a second, and as many again of those that go wrong or take over a second; the rest is counted. */
    perSecond: 500,
  },

  captcha: {
    /** How long a picture, or a challenge for a proof of work, can be answered, in seconds. */
    ttlSeconds: 300,
    /** How many pictures may wait to be drawn; beyond that the answer is 503. One thread draws them, 90 in a second on a busy machine. */
    picturesWaiting: 100,
    /** How long one picture may take, the start of the thread that draws it included, in milliseconds; then the answer is 503. */
    pictureTimeoutMs: 10_000,
    /** The captcha without a picture: a proof of work. With the defaults a telephone of the middle class computes for some three seconds. */
    proofOfWork: {
      /** How many hashes one try takes. */
      cost: 100,
      /** Most tries that a proof takes; half of them is the least. null: no proofs, only pictures. */
      maxNumber: 10_000 as number | null,
    },
  },

  codes: {
    /** How long an SMS code is valid, in seconds. */
    ttlSeconds: 300,
    /** How many wrong tries a mobile's codes survive. */
    tries: 5,
    /** Least time between two codes for one mobile, in seconds. null: no limit. */
    resendSeconds: 60 as number | null,
  },

  /**
   * How much of what costs money or gives something away there is, over all processes. An address is an IPv4 one, or an IPv6 /64. Hours, days and
   * minutes are any such span, not those of the clock. null: no limit.
   */
  budgets: {
    /** SMS codes for one mobile in an hour, and in a day; beside `codes.resendSeconds`. */
    smsPerMobileHour: 5 as number | null,
    smsPerMobileDay: 10 as number | null,
    /** SMS codes that one address may ask for in an hour, and in a day. */
    smsPerAddressHour: 10 as number | null,
    smsPerAddressDay: 30 as number | null,
    /** SMS codes in a minute, all together. */
    smsPerMinute: 30 as number | null,
    /** Wrong SMS codes for one mobile in a day, over all its codes; beside `codes.tries`. Until then no code is sent to it, or taken. */
    wrongCodesPerMobileDay: 20 as number | null,
    /** Captcha pictures for one address in a minute. */
    picturesPerAddressMinute: 60 as number | null,
    /** Questions whether a name or mobile is taken, from one address in a minute. */
    countsPerAddressMinute: 30 as number | null,
    /** Logins from one address in a minute, right or wrong. */
    loginsPerAddressMinute: 20 as number | null,
    /**
     * What to do where hardly any of the last codes was used, for numbers of the same first seven digits or from addresses of the same block (IPv4 /24,
     * IPv6 /48): `record` says so in the log, `deny` also sends no more. null: nothing, and nobody counts.
     */
    pumping: 'record' as 'record' | 'deny' | null,
    /** How many of the last codes are looked at; with fewer there is no suspicion. */
    pumpingCodes: 50,
    /** More unused ones than this are suspicious, in percent. */
    pumpingUnusedPercent: 80,
    /** After this a code counts no longer, in seconds; so `deny` refuses no longer than this after the last code. */
    pumpingSeconds: 3_600,
  },

  accounts: {
    /** Tells by `/mobiles/:mobile/count` whether a mobile has an account. false: always says 0. */
    revealMobiles: true,
    /** bcrypt's cost: each step doubles the time, 4 to 31. */
    bcryptCost: 12,
    /** How many password hashes may wait for a processor; beyond that the answer is 503. */
    hashesWaiting: 50,
    /** After wrong passwords the next try must wait, each time twice as long; a right one ends that. Tries are counted for all processes together. */
    loginDelays: {
      /** How many wrong passwords for a name cost nothing; as many from a device that the account knows. null: no delays by name. */
      freeTries: 5 as number | null,
      /** How many from one address cost nothing, whatever the names; an IPv6 address is its /64. null: no delays by address. */
      freeTriesPerAddress: 20 as number | null,
      /** The first delay, in seconds. */
      firstSeconds: 1,
      /** The longest delay, in seconds. */
      longestSeconds: 900,
      /** After how long one wrong password for a name is forgotten, in seconds. */
      forgetSeconds: 3_600,
      /** After how long one from an address is forgotten, in seconds: many people may have one address. */
      forgetPerAddressSeconds: 60,
    },
    /**
     * Which new passwords are taken: `compat`, 8 to 20 letters, digits or underscores, as the course has it; `strict`, 8 to 64 characters of
     * any kind, none that is easily guessed. Passwords that were set before are taken at login whatever it says.
     */
    passwordProfile: 'compat' as 'compat' | 'strict',
  },

  /** Who did what, when and from where: the table `tb_audit`, and lines `audit` in the log ([docs/security.md](../docs/security.md#audit)). */
  audit: {
    /** How long entries are kept in the table, in days. */
    days: 180,
    /** Most entries in the table; the oldest go first. */
    maxRows: 1_000_000,
  },

  session: {
    /** How long a remembered session lives, however it is used, in days. */
    rememberedDays: 14,
    /** How long a remembered session lives unused, in days. null: as long as it lives at all. */
    rememberedIdleDays: null as number | null,
    /** How long a session that is not remembered lives, however it is used, in days: a browser that is never closed never ends it. */
    absoluteDays: 7,
    /** How long a session that is not remembered lives unused on the server, in hours. */
    idleHours: 24,
    /** Most sessions of one account; the oldest one ends when there is one more. */
    perAccount: 20,
  },

  sms: {
    /**
     * `console` prints each message; `yuntongxun`, `aliyun`, `tencent`, `twilio` and `webhook` send it ([docs/sms.md](../docs/sms.md)). Of
     * several the first that works gets it.
     */
    gateways: ['console'] as GatewayName[],
    /** Allows the console gateway in production. */
    consoleInProduction: false,
    /** How long connecting to the gateway may take, in milliseconds. */
    connectTimeoutMs: 3_000,
    /** How long one request to the gateway may take in all, in milliseconds. */
    timeoutMs: 10_000,
    /** How many messages all processes together may send: `10/s`, `100/m`, `1000/h`; others wait their turn. null: no limit. */
    rateLimit: null as string | null,
    /** What becomes of a message whose sending was cut off, at a gateway that can not tell a second try: `fail` or `retry`. */
    onUncertain: 'fail' as 'fail' | 'retry',
    breaker: {
      /** After so many failures one after another a gateway is passed over, where there is another one. */
      failures: 5,
      /** For how long, in milliseconds; twice as long each time that it fails again, up to five minutes. */
      openMs: 30_000,
    },
    yuntongxun: {
      /** The provider's address: https, or http on this machine. */
      baseUrl: 'https://app.cloopen.com:8883',
      /** ACCOUNT SID from the provider's console. */
      accountSid: null as string | null,
      /** AUTH TOKEN from the provider's console. */
      authToken: null as string | null,
      /** APP ID from the provider's console. */
      appId: null as string | null,
      /** Template with two places: the code, and its life in minutes. */
      templateId: '1',
    },
    aliyun: {
      /** The provider's address: https, or http on this machine. */
      baseUrl: 'https://dysmsapi.aliyuncs.com',
      /** AccessKey ID and secret, of a RAM user that may send SMS. */
      accessKeyId: null as string | null,
      accessKeySecret: null as string | null,
      /** Sign name (签名名称), as it was approved. */
      signName: null as string | null,
      /** Code of the template, such as `SMS_123456789`. */
      templateCode: null as string | null,
      /** Name of the template's variable for the code. */
      codeParam: 'code',
      /** Name of its variable for the code's life in minutes. null: it has none. */
      minutesParam: null as string | null,
    },
    tencent: {
      /** The provider's address: https, or http on this machine. */
      baseUrl: 'https://sms.tencentcloudapi.com',
      /** SecretId and SecretKey of the API. */
      secretId: null as string | null,
      secretKey: null as string | null,
      /** Region of the API. */
      region: 'ap-guangzhou',
      /** SdkAppId of the SMS application. */
      sdkAppId: null as string | null,
      /** Sign name (签名内容), as it was approved. */
      signName: null as string | null,
      /** Id of the template. */
      templateId: null as string | null,
      /** What stands in the template's places, in their order: `code`, `minutes`. */
      templateParams: ['code', 'minutes'] as ('code' | 'minutes')[],
    },
    twilio: {
      /** The provider's address: https, or http on this machine. */
      baseUrl: 'https://api.twilio.com',
      /** Account SID and auth token. */
      accountSid: null as string | null,
      authToken: null as string | null,
      /** The sender: a number like `+15551234567`, or a name of at most 11 characters. null: the messaging service chooses. */
      from: null as string | null,
      /** SID of a messaging service, in place of `from`. */
      messagingServiceSid: null as string | null,
      /** The text, with `{code}` and `{minutes}`. */
      text: '您的验证码是{code}，{minutes}分钟内有效。',
    },
    webhook: {
      /** Where messages are handed over: https, or http on this machine. */
      url: null as string | null,
      /** Secrets that sign them, `whsec_` and base64; several while one takes another's place. */
      secrets: null as string[] | null,
      /** The text, with `{code}` and `{minutes}`, for an endpoint that sends texts. */
      text: '您的验证码是{code}，{minutes}分钟内有效。',
    },
  },

  /** The dashboard at `/monitor` ([docs/dashboard.md](../docs/dashboard.md)), and the history that it shows. */
  monitor: {
    /** Serves the dashboard. */
    enabled: true,
    /** Opens it, at least 32 characters. null: made once, as `monitor-token` under `dataDir`. */
    token: null as string | null,
    /**
     * Hosts that it answers for, beside `localhost`, `127.0.0.1` and `[::1]` with the port, and the one of `http.publicUrl`: exact names as
     * `monitor.example` or `10.0.0.5:3000`. null: no more.
     */
    hosts: null as string[] | null,
    /** How long a session of the dashboard lives, in hours. */
    sessionHours: 12,
    /** How long the history is kept by the minute, in hours. */
    historyHours: 24,
  },

  metrics: {
    /** TCP port of `/metrics`, `/livez` and `/readyz`, apart from the service's, 0 to 65535; 0 lets the system choose. null: none. */
    port: null as number | null,
    /** Address to listen on for that. Whoever reaches it may read all metrics. */
    host: '127.0.0.1',
  },

  log: {
    /** `debug`, `info`, `warn`, `error` or `silent`. */
    level: 'info' as 'debug' | 'info' | 'warn' | 'error' | 'silent',
  },

  secrets: {
    /** Keys that sign cookies, the first one for new cookies. null: made once under `dataDir` (never in production). */
    sessionKeys: null as string[] | null,
    /** Key of the HMAC under which SMS codes are kept. null: made once under `dataDir` (never in production). */
    codeKey: null as string | null,
  },
}

/** The shape of all settings. */
export type Settings = typeof defaults

type Overrides<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] | null ? T[K] : T[K] extends object ? Overrides<T[K]> : T[K]
}

/** What an environment's file may hold: any part of the settings. */
export type SettingsOverrides = Overrides<Settings>
