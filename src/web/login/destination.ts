/**
 * Where to go after the login. The page that sent the visitor here says so by a name (`?to=account`); never by an address, which
 * could lead to another site.
 */
export function destination(search: string): string {
  return new URLSearchParams(search).get('to') === 'account' ? '/account.html' : '/'
}
