import { expect } from 'chai'
import { Sequelize } from 'sequelize'
import { openDatabase } from '../../../src/app/database.ts'
import { describeUsers } from '../../support/users-suite.ts'
import { silent } from './app-harness.ts'
let n = 0
async function fresh() {
  const admin = new Sequelize('postgres://postgres@127.0.0.1:54329/postgres', { logging: false })
  const name = `t${process.pid}_${++n}`
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.close()
  return `postgres://postgres@127.0.0.1:54329/${name}`
}
describeUsers('PostgreSQL', async () => { const database = await openDatabase(await fresh(), silent); return { database, close: () => database.close() } })
it('six at once', async () => {
  const url = await fresh()
  const all = await Promise.all(Array.from({ length: 6 }, () => openDatabase(url, silent)))
  for (const d of all) { expect((await d.query('select name from "SequelizeMeta"'))[0]).to.deep.equal([{ name: '0001-users' }]); await d.close() }
})
it('wrong db', async () => {
  try { await openDatabase('postgres://postgres:pw@127.0.0.1:54329/nope', silent) } catch (e) { console.log(String(e)) }
  try { await openDatabase('postgres://postgres:pw@127.0.0.1:1/nope', silent) } catch (e) { console.log(String(e)) }
  try { await openDatabase('postgres://postgres:pw@nowhere.invalid/nope', silent) } catch (e) { console.log(String(e)) }
})
