/** Where on the dashboard somebody is. It is kept behind the `#` of the address: it can be linked to, and Back works. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'tasks'; readonly name: string; readonly state: string }
  | { readonly page: 'task'; readonly id: string }
  | { readonly page: 'dead'; readonly kind: string; readonly queue: string; readonly task: string }

/** @param hash as `location.hash` has it. What names no page is the overview; fields that are not there are empty */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const query = new URLSearchParams(search)
  const field = (name: string): string => query.get(name) ?? ''
  if (path === 'tasks') return { page: 'tasks', name: field('name'), state: field('state') }
  if (path === 'dead') return { page: 'dead', kind: field('kind'), queue: field('queue'), task: field('task') }
  const id = path.startsWith('tasks/') ? decode(path.slice('tasks/'.length)) : ''
  return id === '' ? { page: 'overview' } : { page: 'task', id }
}

/** @returns the address of a route, from the `#` on */
export function routeHash(route: Route): string {
  switch (route.page) {
    case 'overview':
      return '#/'
    case 'tasks':
      return `#/tasks${search({ name: route.name, state: route.state })}`
    case 'task':
      return `#/tasks/${encodeURIComponent(route.id)}`
    case 'dead':
      return `#/dead${search({ kind: route.kind, queue: route.queue, task: route.task })}`
  }
}

/** The address of a task's page. */
export function taskHash(id: string): string {
  return routeHash({ page: 'task', id })
}

function search(fields: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== '')).toString()
  return query === '' ? '' : `?${query}`
}

/** Somebody may have typed the address. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
