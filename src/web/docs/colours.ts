/** Has Swagger UI dark where the system is, from now on: it has a class for that, and does not look by itself. */
export function followColours(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const show = (): void => void document.documentElement.classList.toggle('dark-mode', dark.matches)
  dark.addEventListener('change', show)
  show()
}
