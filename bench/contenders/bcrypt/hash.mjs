// bcrypt alone: hashes passwords, so many at once.
import bcrypt from 'bcrypt'
import { given, tell } from '../given.mjs'

const { count, atOnce, cost } = given
await bcrypt.hash('warm', cost)
const began = performance.now()
let left = count
const hashers = Array.from({ length: atOnce }, async () => {
  while (left > 0) {
    left -= 1
    await bcrypt.hash('a_long_password', cost)
  }
})
await Promise.all(hashers)
tell({ rate: count / ((performance.now() - began) / 1000) })
