/**
 * The dashboard's address, as the banner has it: with the token that opens it, but for one that the settings gave where nobody sits at a
 * terminal. Whoever has set it knows it, and what is printed there is kept in a log: Docker's, systemd's.
 *
 * @param base address of the service
 * @param isMade whether the token was made under `dataDir`, and is not of the settings
 */
export function monitorAddress(base: string, token: string, isMade: boolean, isTerminal: boolean): string {
  const address = `${base}/monitor`
  return isMade || isTerminal ? `${address}?token=${encodeURIComponent(token)}` : address
}
