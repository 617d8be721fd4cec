import { ref, type Ref } from 'vue'
import type { Api, PasswordProfile } from '../api.ts'

/** Which passwords may be chosen. Unknown until the server has told, and where it could not: it checks every password itself. */
export function usePasswordProfile(api: Pick<Api, 'passwordProfile'>): Readonly<Ref<PasswordProfile | undefined>> {
  const profile = ref<PasswordProfile>()
  void ask()
  return profile

  async function ask(): Promise<void> {
    try {
      profile.value = await api.passwordProfile()
    } catch {
      // What no profile takes is refused all the same.
    }
  }
}
