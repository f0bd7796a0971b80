"""What authors use: checks, paths, pictures, scripts. Of these the bot reads only signatures."""
