import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { RequestGauge } from '../../../src/monitor/request-gauge.ts'
import { eventually } from '../../support/eventually.ts'

describe('the gauge of requests', () => {
  let server: Server
  let answer: () => void

  beforeEach(async () => {
    server = createServer((_request, response) => {
      answer = () => response.end('x')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => void server.close())

  const ask = () => get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false })

  it('shows a request from its coming to a moment after its answer', async () => {
    const gauge = new RequestGauge()
    gauge.watch(server)
    expect(gauge.busy).to.equal(false)
    const request = ask()
    await once(server, 'request')
    expect(gauge.busy).to.equal(true)
    // For longer than the moment.
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(gauge.busy).to.equal(true)
    answer()
    const [response] = await once(request, 'response')
    response.resume()
    await eventually(() => expect(gauge.busy).to.equal(false))
  })

  it('shows none that is not meant', async () => {
    const gauge = new RequestGauge()
    gauge.watch(server, ({ url }) => url !== '/')
    const request = ask().on('error', () => {})
    await once(server, 'request')
    expect(gauge.busy).to.equal(false)
    request.destroy()
  })

  it('shows none whose client has gone', async () => {
    const gauge = new RequestGauge()
    gauge.watch(server)
    const request = ask().on('error', () => {})
    await once(server, 'request')
    request.destroy()
    await eventually(() => expect(gauge.busy).to.equal(false))
  })
})
