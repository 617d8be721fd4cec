import { expect } from 'chai'
import { banner } from '../../../src/cli/banner.ts'
import { ClosingStack } from '../../../src/cli/closing-stack.ts'
import { monitorAddress } from '../../../src/cli/monitor-address.ts'
import { StopSignals } from '../../../src/cli/stop-signals.ts'

describe('the banner', () => {
  const facts = {
    version: '1.2.3',
    node: 'host',
    app: 'tasks/sms',
    broker: 'unix:///redis.sock?db=10',
    results: 'unix:///redis.sock?db=10',
    concurrency: '8 (threads)',
    queues: ['celery', 'mail'],
    tasks: ['b', 'a'],
    periodic: null,
    url: 'http://127.0.0.1:3000/register.html',
    monitor: null,
    metrics: null,
  }
  it('names everything in its own line', () => {
    expect(
      banner(facts)
        .split('\n')
        .map((line) => line.trim().replace(/ +/g, ' ')),
    ).to.deep.equal([
      '',
      'lovage 1.2.3 on host',
      '',
      'app: tasks/sms',
      'broker: unix:///redis.sock?db=10',
      'results: unix:///redis.sock?db=10',
      'concurrency: 8 (threads)',
      'queues: celery, mail',
      'tasks: a, b',
      'url: http://127.0.0.1:3000/register.html',
      '',
      '',
    ])
  })
  it('tells what the scheduler looks after', () => {
    const lines = (periodic: string[]) =>
      banner({ ...facts, periodic })
        .split('\n')
        .slice(6, -5)
    expect(lines([])).to.deep.equal(['  concurrency: 8 (threads)', '  beat:        0 periodic tasks'])
    expect(lines(['one: a, every 5 s'])).to.deep.equal([
      '  concurrency: 8 (threads)',
      '  beat:        1 periodic task',
      '               . one: a, every 5 s',
    ])
  })
  it('tells where the metrics are', () => {
    const metrics = 'http://127.0.0.1:9464/metrics'
    expect(banner({ ...facts, metrics })).to.match(
      /register\.html\n {2}metrics: +http:\/\/127\.0\.0\.1:9464\/metrics\n\n$/,
    )
  })
  it('of a worker alone has no address', () => {
    expect(banner({ ...facts, url: null, monitor: null })).not.to.match(/url|monitor/)
  })
  it('has the token of the dashboard, but for one of the settings where it goes into a log', () => {
    const [base, token] = ['http://a', 'a token']
    expect(monitorAddress(base, token, true, false)).to.equal('http://a/monitor?token=a%20token')
    expect(monitorAddress(base, token, false, true)).to.equal('http://a/monitor?token=a%20token')
    expect(monitorAddress(base, token, false, false)).to.equal('http://a/monitor')
  })
  it('has the address of the dashboard', () => {
    expect(banner({ ...facts, monitor: 'http://a/monitor?token=t' })).to.contain(
      '\n  monitor:     http://a/monitor?token=t\n',
    )
  })
})

describe('the closing stack', () => {
  it('closes the last first, and all of them although one fails', async () => {
    const closed: string[] = []
    const stack = new ClosingStack()
    for (const name of ['first', 'second', 'third']) {
      stack.add(name, async () => {
        closed.push(name)
        if (name === 'second') throw new Error('stuck')
      })
    }
    const error = await stack.close().then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(closed).to.deep.equal(['third', 'second', 'first'])
    expect(error).to.be.an('error').with.property('message', 'closing failed: Error: stuck')
    await stack.close()
    expect(closed).to.have.length(3)
  })
  it('closes at once what comes after that, and says so', async () => {
    const closed: string[] = []
    const stack = new ClosingStack()
    await stack.close()
    const late = (): unknown => stack.add('late', async (opened) => void closed.push(opened))
    expect(late).to.throw('everything has been closed already')
    expect(closed).to.deep.equal(['late'])
  })
})

describe('the stop signals', () => {
  it('may be asked for as often as anybody likes: only a second signal is in a hurry', async () => {
    const signals = new StopSignals()
    for (let count = 0; count < 3; count += 1) signals.ask('remote control')
    expect(await signals.stop).to.equal('remote control')
    let isHurried = false
    const hurried = signals.hurry.then(() => (isHurried = true))
    await new Promise(setImmediate)
    expect(isHurried).to.equal(false)
    signals.request('SIGTERM')
    await hurried
  })

  it('first ask, then hurry; a third changes nothing', async () => {
    const signals = new StopSignals()
    signals.request('SIGTERM')
    expect(await signals.stop).to.equal('SIGTERM')
    const deadline = signals.deadline(3_600_000)
    signals.request('SIGINT')
    expect(await deadline).to.equal('SIGINT')
    signals.request('SIGINT')
  })
  it('let the time run out where nobody hurries', async () => {
    await new StopSignals().deadline(1)
  })
  it('end a start that is under way, and do not touch one that is done', async () => {
    const signals = new StopSignals()
    expect(await signals.duringStart(Promise.resolve('up'))).to.equal('up')
    const failed = signals.duringStart(Promise.reject(new Error('no Redis'))).catch(String)
    expect(await failed).to.equal('Error: no Redis')
    const endless = signals.duringStart(new Promise(() => {})).catch(String)
    signals.request('SIGTERM')
    expect(await endless).to.equal('CommandError: SIGTERM came before the start was done')
  })
})
