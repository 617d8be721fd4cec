import { expect } from 'chai'
import { parseRoute, routeHash, taskHash, type Route } from '../../../../src/web/monitor/routes.ts'

describe("the dashboard's addresses", () => {
  const ROUTES: [string, Route][] = [
    ['#/', { page: 'overview' }],
    ['#/tasks', { page: 'tasks', name: '', state: '' }],
    ['#/tasks?name=a%26b&state=RETRY', { page: 'tasks', name: 'a&b', state: 'RETRY' }],
    ['#/tasks/a%2Fb%3F', { page: 'task', id: 'a/b?' }],
    ['#/dead', { page: 'dead', kind: '', queue: '', task: '' }],
    ['#/dead?kind=unknown&queue=mail&task=a.b', { page: 'dead', kind: 'unknown', queue: 'mail', task: 'a.b' }],
  ]
  for (const [hash, route] of ROUTES) {
    it(`has ${hash}, there and back`, () => {
      expect(parseRoute(hash)).to.deep.equal(route)
      expect(routeHash(route)).to.equal(hash)
    })
  }

  it('shows the overview where an address names nothing', () => {
    for (const hash of ['', '#', '#/nothing', '#WRONG_TOKEN', '#/tasks/', '#/tasks/%E0%A4%A']) {
      expect(parseRoute(hash), hash).to.deep.equal({ page: 'overview' })
    }
  })

  it('leads to a task by its id', () => {
    expect(parseRoute(taskHash('3f/…?#'))).to.deep.equal({ page: 'task', id: '3f/…?#' })
  })
})
