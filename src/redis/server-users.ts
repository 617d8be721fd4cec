/** A Lovage process that uses an embedded Redis. Each keeps one connection whose name says so. */
export interface ServerUser {
  /** Number of that connection at the server. */
  readonly clientId: number
  /** Number of the process. */
  readonly pid: number
}

/** The name of the connection by which this process is known to use the server. */
export function userConnectionName(): string {
  return `lovage-user:${process.pid}`
}

/** @param clientList the answer to CLIENT LIST */
export function parseUsers(clientList: string): ServerUser[] {
  const matches = clientList.matchAll(/^id=(\d+) .*? name=lovage-user:(\d+) /gm)
  return [...matches].map(([, clientId, pid]) => ({ clientId: Number(clientId), pid: Number(pid) }))
}
