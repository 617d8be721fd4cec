import { expect } from 'chai'
import { Crontab } from '../../src/engine/beat/crontab.ts'
import { TimeZone } from '../../src/engine/beat/time-zone.ts'
import { EngineError } from '../../src/engine/errors.ts'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { faultSeed, Random, tell } from '../support/fault-run.ts'
import { tickIds } from '../integration/engine/beat-lab.ts'
import { InteropLab } from './interop-lab.ts'

const source = `
@app.task(name='py.periodic', bind=True)
def periodic(self, first, second=None):
    return [first, second, self.request.periodic_task_name, self.request.periodic_task_tick]
`

const entry = {
  task: 'py.periodic',
  schedule: 0.3,
  args: ['first'],
  kwargs: { second: { deep: [1, null] } },
  options: { queue: 'py', expiresInSeconds: 60 },
}
const beat = {
  schedule: { 'from here': entry },
  timezone: 'UTC',
  missed: 'once',
  lateMs: 60_000,
  maxMissed: 10,
} as const

const dayMs = 86_400_000
/**
 * None west of Greenwich: Celery takes a day's start there for the day before (`_delta_to_next`: a naive time counts as UTC), and
 * in the evening passes over the next day.
 */
const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Adelaide']

/** A crontab as Celery takes it. */
interface Spec {
  readonly minute: string
  readonly hour: string
  readonly day_of_month: string
  readonly month_of_year: string
  readonly day_of_week: string
}

/** Needs a real Celery on this machine. */
describe('periodic tasks beside Celery', function () {
  this.timeout(120_000)
  const lab = new InteropLab(source, { beat })
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
  })
  after(() => lab.close())

  it('crontabs are due when Celery’s are', async () => {
    const seed = faultSeed()
    const random = new Random(seed)
    const cases = Array.from({ length: 600 }, () => randomCase(random)).filter((one) => one !== null)
    const answers = (await app.run(`
import datetime
from celery.schedules import crontab
apps = {}
answer = []
for zone, spec, time in json.loads(r'''${JSON.stringify(cases.map(({ zone, spec, from }) => [zone, spec, from]))}'''):
    if zone not in apps:
        apps[zone] = Celery(zone)
        apps[zone].conf.timezone = zone
    last = datetime.datetime.fromtimestamp(time / 1000, apps[zone].timezone)
    schedule = crontab(nowfun=lambda: last, app=apps[zone], **spec)
    start, delta, _ = schedule.remaining_delta(last)
    answer.append((start + delta).strftime('%Y-%m-%dT%H:%M'))
`)) as string[]
    tell(`seed ${seed}: ${cases.length} crontabs`)
    expect(cases.length).to.be.greaterThan(400)
    const other = cases.flatMap((one, index) =>
      one.next === answers[index] ? [] : [{ ...one, celery: answers[index] }],
    )
    expect(JSON.stringify(other, null, 1)).to.equal('[]')
  })

  it('what is refused here Celery refuses too, save words that begin like a day', async () => {
    const refused = (await app.run(`
from celery.schedules import crontab
answer = []
for field, value in [('minute', '60'), ('minute', '5/15'), ('minute', '1,,2'), ('minute', '*/'), ('hour', 24), ('day_of_month', 0),
                     ('month_of_year', 13), ('day_of_week', 7), ('day_of_week', 'monk')]:
    try:
        crontab(**{field: value})
        answer.append([field, value])
    except Exception:
        pass
`)) as unknown[]
    // Celery goes by the first three letters of a name alone.
    expect(refused).to.deep.equal([['day_of_week', 'monk']])
  })

  it('a tick that is sent from here runs on a Celery worker', async () => {
    await app.startWorker({ queues: ['py'], pool: 'solo' })
    engine.beat?.start()
    const id = await eventually(() => tickIds(engine.logger)[0] ?? expect.fail('none was sent'))
    const result = (await engine.client.asyncResult(id).get({ timeout: 20 })) as unknown[]
    await engine.beat?.stop()
    expect(result.slice(0, 3)).to.deep.equal(['first', { deep: [1, null] }, 'from here'])
    expect(Date.parse(String(result[3]))).to.be.within(Date.now() - 60_000, Date.now() + 1_000)
  })
})

/** A crontab, a time, and what the clocks show when it is due next; null: there is nothing to compare. */
function randomCase(random: Random): { zone: string; spec: Spec; from: number; next: string } | null {
  const zone = new TimeZone(zones[random.between(0, zones.length - 1)])
  const spec = {
    minute: randomField(random, 0, 59),
    hour: randomField(random, 0, 23),
    day_of_month: randomField(random, 1, 31),
    month_of_year: randomField(random, 1, 12),
    day_of_week: random.chance(0.3) ? 'mon-fri' : randomField(random, 0, 6),
  }
  const from = Date.UTC(2024, 0, 1) + random.between(0, 4 * 365 * 24 * 60) * 60_000 + random.between(0, 59) * 1_000
  try {
    const { minute, hour, day_of_month: dayOfMonth, month_of_year: monthOfYear, day_of_week: dayOfWeek } = spec
    const crontab = new Crontab({ minute, hour, dayOfMonth, monthOfYear, dayOfWeek }, zone)
    const tick = crontab.next(from)
    // Where clocks are set, Celery says nothing of what it does, and does other things in each version.
    const isUneven = [from, tick].some((time) => zone.offset(time - 2 * dayMs) !== zone.offset(time + 2 * dayMs))
    const next = new Date(tick + zone.offset(tick)).toISOString().slice(0, 16)
    return isUneven ? null : { zone: zone.name, spec, from, next }
  } catch (error) {
    // A day that no month has.
    if (!(error instanceof EngineError)) throw error
    return null
  }
}

function randomField(random: Random, least: number, most: number): string {
  if (random.chance(0.35)) return '*'
  const [one, other] = [random.between(least, most), random.between(least, most)]
  const step = random.between(1, Math.ceil((most - least) / 2))
  const forms = [`${one}`, `${one},${other}`, `${one}-${other}`, `*/${step}`, `${one}-${other}/${step}`]
  return forms[random.between(0, forms.length - 1)] ?? '*'
}
