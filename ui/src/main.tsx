import { render } from 'preact';
import { App } from './app/app';
import './style/main.css';

render(<App />, document.getElementById('app') as HTMLElement);
