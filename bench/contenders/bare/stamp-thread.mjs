import { parentPort } from 'node:worker_threads'
import { WORK } from '../work.mjs'

parentPort?.on('message', (message) => WORK.stamp(JSON.parse(message).number))
