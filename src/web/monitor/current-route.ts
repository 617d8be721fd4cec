import { ref } from 'vue'
import { parseRoute, routeHash, type Route } from './routes.ts'

/** Where the visitor is, as the address says it. */
export const route = ref<Route>(parseRoute(location.hash))

window.addEventListener('hashchange', () => (route.value = parseRoute(location.hash)))

/** Goes somewhere, as by a link. */
export function goTo(next: Route): void {
  location.hash = routeHash(next)
}
